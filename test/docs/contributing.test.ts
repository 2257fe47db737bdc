/** CONTRIBUTING.md against the code: its paths and commands exist, and its lists are complete. */
import { execFileSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import path from "node:path"
import { describe, expect, it } from "vitest"
import { COMMANDS } from "../../src/cli/commands.ts"
import { blocks, filesIn, readPage, root } from "../support/docs_pages.ts"

const page = readPage("CONTRIBUTING.md")
const { scripts } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as {
  scripts: Record<string, string>
}

interface Example {
  /** What stands for the names in angle brackets. */
  names: Record<string, string>
  /** Where the files lie that the list must name. */
  folders: string[]
  /** Text that is in each of these files. */
  mentions: RegExp
}

/** By heading: something that is there already, which was added as the list says. */
const EXAMPLES: Record<string, Example> = {
  "Add an op": {
    names: { op: "silu", family: "elementwise" },
    folders: ["src", "bench", "test", "docs"],
    mentions: /silu/i,
  },
  "Add a network": {
    names: { network: "small" },
    folders: ["src", "bench"],
    mentions: /"(\.|\.\.\/models)\/small\.ts"/,
  },
  "Add an optimiser": { names: { optimiser: "rmsprop" }, folders: ["src", "bench"], mentions: /rmsprop/i },
  "Add an image format": { names: { format: "raster" }, folders: ["src"], mentions: /\braster\(/ },
  "Add a report section": { names: { section: "limits" }, folders: ["src"], mentions: /\blimitsSection\b/ },
  "Add a command": {
    names: { command: "cache" },
    folders: ["src", "bench"],
    mentions: /"\.(\/cache\.ts"|\.\/cli\/cache\.ts")|command: "cache"/,
  },
}

/** The text under a heading, its names filled in. */
function section(heading: string): string {
  const found = page.text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`))
  if (found === undefined) throw new Error(`CONTRIBUTING.md has no heading "${heading}"`)
  const { names = {} } = EXAMPLES[heading] ?? {}
  return found.replaceAll(/<(\w+)>/g, (bracketed, name: string) => names[name] ?? bracketed)
}

const headings = [...page.text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading)
const PATH = /(?<![\w./-])(?:src|test|docs|bench|research|\.ci)(?:\/[\w.<>-]+)+/g
const pathsIn = (text: string): string[] => [...text.matchAll(PATH)].map(([found]) => found.replace(/[.,]$/, ""))
const missing = (paths: readonly string[]): string[] => paths.filter((one) => !existsSync(path.join(root, one)))

/** What is typed in a shell: fenced lines and code spans, one command each. */
const commands = [
  ...blocks(page).flatMap(({ text }) => text.split("\n")),
  ...[...page.text.matchAll(/`([^`\n]+)`/g)].map(([, span]) => span),
].flatMap((line) => line.split("&&").map((command) => command.trim()))

describe("CONTRIBUTING.md", () => {
  it("has a list for each thing to add, and is short", () => {
    expect(headings.filter((heading) => heading.startsWith("Add "))).toEqual(Object.keys(EXAMPLES))
    expect(page.text.split("\n").length).toBeLessThanOrEqual(150)
  })

  it.each(headings)("%s: its files and folders exist", (heading) => {
    expect(missing(pathsIn(section(heading)))).toEqual([])
  })

  it.each(Object.entries(EXAMPLES))("%s: the list names every file that an example touched", (heading, example) => {
    const listed = pathsIn(section(heading))
    const touched = example.folders
      .flatMap((folder) => filesIn(folder, /\.(ts|mjs|wgsl|md)$/))
      // This file has the examples.
      .filter((file) => !file.includes("node_modules") && file !== "test/docs/contributing.test.ts")
      .filter((file) => example.mentions.test(readFileSync(path.join(root, file), "utf8")))
    expect(touched.length).toBeGreaterThan(0)
    expect(touched.filter((file) => !listed.includes(file))).toEqual([])
  })

  it("names scripts that package.json has, and commands and flags that cnn has", () => {
    const ran = (pattern: RegExp) => commands.flatMap((command) => pattern.exec(command)?.slice(1, 2) ?? [])
    expect(ran(/^npm run ([\w:]+)/).filter((name) => !(name in scripts))).toEqual([])
    expect(ran(/\bnpx cnn ([a-z]+)/).filter((name) => !COMMANDS.some((command) => command.name === name))).toEqual([])
    for (const command of commands.filter((one) => /\bnpx cnn [a-z]+ .*--/.test(one))) {
      const [, name] = /npx cnn ([a-z]+)/.exec(command)!
      const help = execFileSync(process.execPath, ["bin/cnn.mjs", name, "--help"], { cwd: root, encoding: "utf8" })
      const flags = [...command.matchAll(/--[a-z-]+/g)].map(([flag]) => flag)
      expect(flags.filter((flag) => !help.includes(flag))).toEqual([])
    }
  })

  it("names environment variables that the code reads", () => {
    const read = /process\.env\.(CNN_\w+)|\{[^{}]*?\b(CNN_\w+)[^{}]*\} = process\.env/g
    const known = filesIn("src", /\.ts$/).flatMap((file) =>
      [...readFileSync(path.join(root, file), "utf8").matchAll(read)].map(([, member, taken]) => member ?? taken),
    )
    const named = [...page.text.matchAll(/\bCNN_[A-Z_]+/g)].map(([name]) => name)
    expect(named.length).toBeGreaterThan(1)
    expect(named.filter((name) => !known.includes(name))).toEqual([])
  })
})

describe("the checks themselves", () => {
  it("find a file that is gone, and leave what is no path", () => {
    expect(missing(pathsIn("`src/layers/relu.ts`, `src/layers/gone.ts`. See dist/src/index.js"))).toEqual([
      "src/layers/gone.ts",
    ])
  })
})
