import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { COMMANDS } from "../../src/cli/commands.ts"
import { cnn } from "../support/cli.ts"

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8")

/** Runs on the built package, as a user's script would. */
it("the README's example trains", () => {
  const [, example] = /```ts\n([\s\S]*?)```/.exec(readme) ?? []
  const built = new URL("../../dist/src/index.js", import.meta.url).href
  const script = example.replace('from "cnn"', `from ${JSON.stringify(built)}`)
  const printed = execFileSync(process.execPath, ["--input-type=module", "--eval", script], { encoding: "utf8" })
  const losses = printed
    .trim()
    .split("\n")
    .map((line) => Number(line.split(" ")[1]))
  expect(losses).toHaveLength(5)
  expect(losses[4]).toBeLessThan(losses[0] / 2)
})

it("the README lists every command with its summary; node docs/help.mjs writes the table", () => {
  const [, table] = /\| npx cnn \| \|\n\| --- \| --- \|\n((?:\|.*\n)*)/.exec(readme) ?? []
  expect(table).toBe(COMMANDS.map(({ name, summary }) => `| [${name}](docs/cli.md#${name}) | ${summary} |\n`).join(""))
})

it("the README has at most 250 lines", () => {
  expect(readme.trimEnd().split("\n").length).toBeLessThanOrEqual(250)
})

describe("docs/cli.md", () => {
  const page = readFileSync(new URL("../../docs/cli.md", import.meta.url), "utf8")
  const shown = new Map(
    [...page.matchAll(/<!-- help of: npx cnn (\w+) -->\n+```text\n([\s\S]*?)\n```/g)].map((match) => [
      match[1],
      match[2],
    ]),
  )

  it("has every command", () => {
    expect([...shown.keys()]).toEqual(COMMANDS.map(({ name }) => name))
  })

  it.each([...shown])("%s has the flags that its help has; node docs/help.mjs writes them", async (name, text) => {
    expect(text).toBe((await cnn([name, "--help"], { CNN_EXACT: "" })).stdout.trim())
  })
})
