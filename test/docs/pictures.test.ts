/**
 * The pictures of the docs are what their commands draw. Those of a run are compared in CI, after
 * the default run.
 */
import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import sharp from "sharp"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { filesIn, pages, root } from "../support/docs_pages.ts"

const { correlate, EDGE, POOLED, pool } = await import(
  new URL("../../docs/images/arithmetic.mjs", import.meta.url).href
)

const FOLDER = path.join(root, "docs/images")
/** Drawn by other commands: `npx cnn bench`, docs/images/make_run.mjs, docs/images/browser.mjs. */
const OTHERS = ["roofline.svg", "loss.svg", "calibration.svg", "filters.png", "heatmaps.png", "report.png"]
const pictures = filesIn("docs/images", /\.(svg|png|webp|gif)$/).map((file) => path.basename(file))

const drawn = mkdtempSync(path.join(tmpdir(), "cnn-pictures-"))
afterAll(() => rmSync(drawn, { recursive: true }))
beforeAll(() => {
  execFileSync(process.execPath, [path.join(FOLDER, "make.mjs"), drawn])
})

const gray = async (file: string) => sharp(file).raw().toBuffer()

describe("docs/images", () => {
  it.each(pictures.filter((name) => name.endsWith(".svg") && !OTHERS.includes(name)))("%s is drawn again", (name) => {
    expect(readFileSync(path.join(FOLDER, name), "utf8")).toBe(readFileSync(path.join(drawn, name), "utf8"))
  })

  // Another adapter rounds some gray values the other way.
  it.each(pictures.filter((name) => name.endsWith(".png") && !OTHERS.includes(name)))(
    "%s is drawn again",
    async (name) => {
      const [kept, now] = await Promise.all([FOLDER, drawn].map((folder) => gray(path.join(folder, name))))
      expect(now.length).toBe(kept.length)
      expect(now.every((value, i) => Math.abs(value - kept[i]) <= 1)).toBe(true)
    },
  )

  it("are all shown on a page, with words for those who do not see them", () => {
    const shown = new Set(
      pages.flatMap(({ text }) =>
        [...text.matchAll(/!\[[^\]]{10,}\]\(\S*?images\/([\w.]+)\)/g)].map((match) => match[1]),
      ),
    )
    expect(pictures.filter((name) => !shown.has(name))).toEqual([])
  })

  it("are small", () => {
    const sizes = pictures.map((name) => readFileSync(path.join(FOLDER, name)).length)
    expect(Math.max(...sizes)).toBeLessThan(3_000_000)
  })
})

it("what the pictures show is what the pages say", () => {
  const pixels = readFileSync(path.join(FOLDER, "pixels.svg"), "utf8")
  const grays = [...pixels.matchAll(/>(\d+)<\/text>/g)].map(([, value]) => Number(value))
  expect(grays).toHaveLength(81)
  expect([Math.min(...grays), Math.max(...grays)].map((value) => 10 * Math.round(value / 10))).toEqual([60, 180])
  expect(correlate(EDGE.image, EDGE.filter)).toEqual([1, 2, 3].map(() => [0, 240, 240]))
  expect(pool(POOLED, (values: number[]) => Math.max(...values))).toEqual([
    [5, 2],
    [6, 7],
  ])
})
