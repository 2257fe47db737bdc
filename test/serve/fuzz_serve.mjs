/**
 * `npm run fuzz:serve -- --requests 10000`: test/serve/serve_fuzz.test.ts with so many requests,
 * and what they were answered.
 */
import { spawnSync } from "node:child_process"
import { parseArgs } from "node:util"

const { values } = parseArgs({ options: { requests: { type: "string", default: "10000" } } })
const requests = Number(values.requests)
if (!(Number.isInteger(requests) && requests > 0)) {
  console.error(`--requests is "${values.requests}"; expected a whole number over 0`)
  process.exit(2)
}
const env = { ...process.env, FUZZ_REQUESTS: String(requests) }
const args = ["vitest", "run", "test/serve/serve_fuzz.test.ts", "--disableConsoleIntercept"]
process.exit(spawnSync("npx", args, { env, stdio: "inherit" }).status ?? 1)
