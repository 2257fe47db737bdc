import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { expect, it } from "vitest"

/** Runs on the built package, as a user's script would. */
it("the README's example trains", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8")
  const [, example] = /```ts\n([\s\S]*?)```/.exec(readme) ?? []
  const built = new URL("../dist/index.js", import.meta.url).href
  const script = example.replace('from "cnn"', `from ${JSON.stringify(built)}`)
  const printed = execFileSync(process.execPath, ["--input-type=module", "--eval", script], { encoding: "utf8" })
  const losses = printed
    .trim()
    .split("\n")
    .map((line) => Number(line.split(" ")[1]))
  expect(losses).toHaveLength(5)
  expect(losses[4]).toBeLessThan(losses[0] / 2)
})
