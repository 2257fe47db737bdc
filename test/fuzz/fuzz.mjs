/**
 * `npm run fuzz -- --seconds 60`: test/fuzz/fuzz.test.ts for so long in all, and how many inputs
 * each reader was given.
 */
import { spawnSync } from "node:child_process"
import { parseArgs } from "node:util"

const { values } = parseArgs({ options: { seconds: { type: "string", default: "60" } } })
const seconds = Number(values.seconds)
if (!(seconds > 0)) {
  console.error(`--seconds is "${values.seconds}"; expected a number over 0`)
  process.exit(2)
}
const env = { ...process.env, FUZZ_SECONDS: String(seconds) }
const { status } = spawnSync("npx", ["vitest", "run", "test/fuzz/fuzz.test.ts", "--disableConsoleIntercept"], {
  env,
  stdio: "inherit",
})
process.exit(status ?? 1)
