/** Colour and cursor: on a terminal that wants them, and nowhere else. */
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify, stripVTControlCharacters } from "node:util"
import { describe, expect, it } from "vitest"
import { hasColour, isTerminal, nextText, painted } from "../../src/cli/print.ts"

const terminal = { isTTY: true }
const file = {}

it("colours a terminal, unless NO_COLOR or TERM=dumb is set; FORCE_COLOR decides first", () => {
  const cases: [object, NodeJS.ProcessEnv, boolean][] = [
    [terminal, {}, true],
    [file, {}, false],
    [terminal, { NO_COLOR: "1" }, false],
    [terminal, { NO_COLOR: "" }, true],
    [terminal, { TERM: "dumb" }, false],
    [file, { FORCE_COLOR: "1" }, true],
    [file, { FORCE_COLOR: "", NO_COLOR: "" }, false],
    [terminal, { FORCE_COLOR: "0" }, false],
    [terminal, { FORCE_COLOR: "false" }, false],
    [file, { FORCE_COLOR: "3", NO_COLOR: "1" }, true],
  ]
  for (const [stream, env, expected] of cases) expect([env, hasColour(stream, env)]).toEqual([env, expected])
  expect([terminal, file].map((stream) => isTerminal(stream, {}))).toEqual([true, false])
  expect(isTerminal(terminal, { TERM: "dumb" })).toBe(false)
})

describe("what stands out", () => {
  const marked = (line: string) =>
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what colours are made of
    painted(line, terminal, {}).replace(/(\u001b\[\d+m)+/g, "*")

  it("headings, warnings, the key number and commands", () => {
    expect(marked("Images    phantom: 30 whole")).toBe("*Images*    phantom: 30 whole")
    expect(marked("Warning   odd")).toBe("*Warning*   odd")
    expect(marked("Problem: AUC near 0.5")).toBe("*Problem:* AUC near 0.5")
    expect(marked("Out of fold, 93.8 % of 1,200 images are right.")).toBe(
      "Out of fold, *93.8 %* of 1,200 images are right.",
    )
    expect(marked("  AUC 0.912 (0.8 to 0.9)")).toBe("  AUC *0.912* (0.8 to 0.9)")
    expect(nextText("open a/report.html", "npx cnn serve a").map(marked)).toEqual([
      ...["", "*Next:* open a/report.html", "      *npx cnn serve a*"],
    ])
    expect(marked("fold-0  20    65.0 %")).toBe("fold-0  20    65.0 %")
  })

  it("changes no character, and shows the escapes of others as text", () => {
    const text = "Images    a\u001b[31mb\nProblem: AUC 0.500"
    const shown = "Images    a\\u{1b}[31mb\nProblem: AUC 0.500"
    expect(stripVTControlCharacters(painted(text, terminal, {}))).toBe(shown)
    expect(painted(text, file, {})).toBe(shown)
  })
})

/** What a command writes to a terminal of its own, with its exit code in the shell. */
async function onTerminal(command: string, env: NodeJS.ProcessEnv): Promise<string> {
  const main = fileURLToPath(new URL("../../bin/cnn.mjs", import.meta.url))
  const line = `"${process.execPath}" "${main}" ${command}; true`
  const clean = { ...process.env, NO_COLOR: undefined, FORCE_COLOR: undefined, TERM: "xterm", CNN_DEBUG: "", ...env }
  const { stdout } = await promisify(execFile)("script", ["-qec", line, "/dev/null"], { env: clean })
  return stdout
}

it.skipIf(process.platform !== "linux")("an error is red on a terminal, and plain with --no-color", async () => {
  const [red, flag, none, dumb] = await Promise.all([
    onTerminal("predict nowhere", {}),
    onTerminal("predict nowhere --no-color", { FORCE_COLOR: "1" }),
    onTerminal("predict nowhere", { NO_COLOR: "1" }),
    onTerminal("predict nowhere", { TERM: "dumb" }),
  ])
  expect(red).toContain("\u001b[31m")
  for (const plain of [flag, none, dumb]) {
    expect(plain).toContain("cnn: ")
    expect(plain).not.toContain("\u001b")
    expect(stripVTControlCharacters(red)).toBe(plain)
  }
})
