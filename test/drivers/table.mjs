#!/usr/bin/env node
// npm run drivers [swiftshader] [lavapipe] [chromium] [test/FILE]: runs the tests of ops and
// layers, or these of them, on these drivers, on all without a name, and prints docs/drivers.md's
// table: how far each op is from float64. What cannot be had is said, and left out.
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import * as cnn from "../../dist/src/index.js"

const OPS = new Set(Object.keys(cnn))
const PROJECT = fileURLToPath(new URL("../..", import.meta.url))
const VITEST = ["node_modules/vitest/vitest.mjs", "run", "--config"]
const REPORTERS = ["--reporter=default", "--reporter=./test/drivers/differences_reporter.ts"]

const DRIVERS = {
  swiftshader: {
    args: [...VITEST, "test/drivers/vitest.config.ts"],
    env: { CNN_ADAPTER: "swiftshader", CNN_TEST_DRIVER: "swiftshader" },
  },
  lavapipe: { args: ["test/drivers/lavapipe.mjs"], env: {} },
  chromium: { args: [...VITEST, "test/drivers/browser.config.ts"], env: {} },
}

const asked = process.argv.slice(2)
const files = asked.filter((word) => word.startsWith("test/"))
const names = asked.filter((word) => !word.startsWith("test/"))

/** @returns what the tests noted, or undefined where the driver cannot be had */
function noted(name) {
  const { args, env } = DRIVERS[name]
  const options = { cwd: PROJECT, encoding: "utf8", env: { ...process.env, NO_COLOR: "1", ...env }, maxBuffer: 2 ** 28 }
  const { status, stdout, stderr } = spawnSync(process.execPath, [...args, ...REPORTERS, ...files], options)
  const skipped = /^test:\w+ is skipped: .*$/m.exec(stdout)
  if (skipped && status === 0) return void console.error(skipped[0])
  const line = /^differences: (.*)$/m.exec(stdout)
  if (status !== 0 || !line)
    throw new Error(
      `${stdout}\n${stderr}\nnpm run drivers: on ${name} the tests failed (exit code ${status}), see above`,
    )
  console.error(`${name}: ${/^ *Tests .*$/m.exec(stdout)[0].trim()}, ${/^ *Duration .*$/m.exec(stdout)[0].trim()}`)
  return { name, ...JSON.parse(line[1]) }
}

const cell = (value) => (value ? `${value.relative.toExponential(1)}, ${value.ulps.toFixed(1)}` : "-")

function table(columns) {
  const keys = columns.flatMap(({ differences }) => Object.keys(differences))
  const rows = [...new Set(keys)].filter((key) => OPS.has(key.split(" ")[0])).sort()
  return [
    `| op | what | ${columns.map(({ name }) => name).join(" | ")} |`,
    `| --- | --- |${" --- |".repeat(columns.length)}`,
    ...rows.map((key) => `| ${key} | ${columns.map(({ differences }) => cell(differences[key])).join(" | ")} |`),
  ]
}

const unknown = names.find((name) => !(name in DRIVERS))
if (unknown) {
  console.error(`npm run drivers: there is no driver "${unknown}"; there are ${Object.keys(DRIVERS).join(", ")}`)
  process.exit(1)
}
let columns
try {
  columns = (names.length > 0 ? names : Object.keys(DRIVERS)).map(noted).filter(Boolean)
} catch (error) {
  console.error(error.message)
  process.exit(1)
}
for (const { name, adapters } of columns) console.log(`${name}: ${adapters.join("; ")}`)
console.log(["", ...table(columns)].join("\n"))
