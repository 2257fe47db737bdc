/**
 * Names of files and classes that mean something to a page, a spreadsheet or an object, from a
 * folder to all that is written.
 */
import { readdirSync, readFileSync } from "node:fs"
import path from "node:path"
import { parse } from "csv-parse/sync"
import fc from "fast-check"
import { expect, it } from "vitest"
import { readGroupsCsv } from "../../src/data/groups_csv.ts"
import { csv } from "../../src/files/csv.ts"
import { inert, tame } from "../../src/files/formula.ts"
import { readRun } from "../../src/run/read_run.ts"
import { visible, visibleLines } from "../../src/text/visible.ts"
import { hostileText } from "../fuzz/hostile_values.ts"
import { cnn } from "../support/cli.ts"
import { grayPng, tempFolder } from "../support/temp_folder.ts"

it("a table of any texts comes back as it was, and no cell of it is a formula", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(hostileText, hostileText), { minLength: 1, maxLength: 5 }), (rows) => {
      const cells: string[][] = parse(csv(["file", "group"], rows)).slice(1)
      expect(cells.flat().filter((cell) => /^\s*[=+\-@]/.test(cell))).toEqual([])
      expect(cells.map((row) => row.map(tame))).toEqual(rows)
    }),
    { seed: 5, numRuns: 400 },
  )
  expect(inert("=1+1")).toBe("'=1+1")
})

const NAMES = ["<img src=x onerror=alert(1)>", "=1+1", "@x", "a'b\"c", "line\nbreak", "comma,semi;colon", "__proto__"]
const CLASSES = ["=cmd|' fractured", "__proto__"]
const TINY = ["--size", "16", "--epochs", "1", "--folds", "2", "--batch", "8"]

it("a run, its audit and its pages on such names: escaped, inert, read back", async () => {
  const images: Record<string, Buffer> = {}
  for (const [c, label] of CLASSES.entries())
    for (const [i, name] of NAMES.entries()) images[`${label}/${name}.png`] = await grayPng(20 + 90 * c + 9 * i, 16, 16)
  const dir = await tempFolder(images)
  const out = await tempFolder()
  const run = path.join(out, "run")
  const data = ["--data", dir, "--positive", CLASSES[0]]
  const env = { CNN_CACHE: path.join(out, "cache") }
  const audit = await cnn(["audit", dir, "--positive", CLASSES[0], "--out", path.join(out, "audit")], env)
  expect({ code: audit.code, stderr: audit.stderr }).toEqual({ code: 0, stderr: "" })
  const groups = path.join(out, "audit", "groups.csv")
  expect([...(await readGroupsCsv(groups)).keys()].sort()).toEqual(Object.keys(images).sort())
  const { code, stderr } = await cnn(["train", ...data, "--groups", groups, ...TINY, "--out", run], env)
  expect({ code, stderr: stderr.replace(/^.*(warning|Audit).*$/gim, "").trim() }).toMatchObject({ code: 0 })
  expect((await cnn(["report", run, "--out", path.join(out, "again.html")], env)).code).toBe(0)
  const { images: read, classes } = readRun(run)
  expect(read.map(({ file }) => file).sort()).toEqual(Object.keys(images).sort())
  expect(classes).toEqual([CLASSES[1], CLASSES[0]])
  for (const file of [
    path.join(out, "again.html"),
    path.join(run, "report.html"),
    path.join(out, "audit", "audit.html"),
  ]) {
    const page = readFileSync(file, "utf8")
    expect(page).not.toMatch(/<img src=x/)
    // The slider's own is the only one.
    expect(page.replace(/<script>\{\n {2}const panel[\s\S]*?<\/script>/, "")).not.toMatch(/<script/)
  }
  for (const name of readdirSync(run).filter((entry) => entry.endsWith(".csv"))) {
    const cells: string[][] = parse(readFileSync(path.join(run, name), "utf8"))
    const texts = cells.flat().filter((cell) => Number.isNaN(Number(cell)))
    expect(texts.filter((cell) => /^\s*[=+\-@]/.test(cell))).toEqual([])
  }
})

it("what a name would do to a terminal is shown and not done", async () => {
  expect(visible("\u200e\u200f\u061c")).toBe("\\u{200e}\\u{200f}\\u{61c}")
  expect(visible("a\n\x1b[31mb\u202e\u009b")).toBe("a\\n\\u{1b}[31mb\\u{202e}\\u{9b}")
  expect(visibleLines("a\n\tb\x07 \u00fc\u6f22")).toBe("a\n\tb\\u{07} \u00fc\u6f22")
  const bad = "a/\x1b]0;title\x07\nb.png"
  const dir = await tempFolder({ [bad]: "no image", "b/one.png": await grayPng(9, 16, 16), "a/two.png": await grayPng(8, 16, 16) }) // biome-ignore format: a line
  const out = path.join(dir, "run")
  const missing = await cnn(["predict", path.join(dir, "\x1b[2J"), "x.png"])
  expect(missing.stderr).toMatch(/\\u\{1b\}\[2J: no such file or folder/)
  const train = await cnn(["train", "--data", dir, "--positive", "b", "--no-audit", ...TINY, "--out", out])
  const printed = train.stderr + train.stdout
  expect(["\x1b", "\x07"].filter((character) => printed.includes(character))).toEqual([])
  expect(printed).toContain("\\u{1b}]0;title\\u{07}\\nb.png")
})
