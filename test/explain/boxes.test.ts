/**
 * Boxes around fractures of real films: read from boxes.csv, and peaks scored against them in the
 * square.
 */
import { existsSync } from "node:fs"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { fitSquare } from "../../src/data/fit.ts"
import { boxesOf, boxPoints, readBoxes } from "../../src/explain/boxes.ts"
import { hitRate } from "../../src/explain/hit_rate.ts"
import { peakOf } from "../../src/explain/peak.ts"
import { tempFolder } from "../support/temp_folder.ts"

const read = async (content: string) => readBoxes(path.join(await tempFolder({ "boxes.csv": content }), "boxes.csv"))

describe("boxes.csv", () => {
  it("has one or several boxes per file", async () => {
    const boxes = await read(
      "file,x0,y0,x1,y1\nfractured\\a.png,0,0.25,0.5,1\nfractured/a.png,0.1,0.1,0.2,0.2\nb.png,0,0,1,1\n",
    )
    expect([...boxes]).toEqual([
      [
        "fractured/a.png",
        [
          { x0: 0, y0: 0.25, x1: 0.5, y1: 1 },
          { x0: 0.1, y0: 0.1, x1: 0.2, y1: 0.2 },
        ],
      ],
      ["b.png", [{ x0: 0, y0: 0, x1: 1, y1: 1 }]],
    ])
  })

  it.each([
    ["a column that is missing", "file,x,y\na,0,0", /no column x0, y0, x1, y1; expected file, x0.*found file, x, y/],
    ["pixels", "file,x0,y0,x1,y1\na,0,0,1,1\nb,12,40,80,90", /line 3: x0 is "12"; expected a fraction.*Divide pixels/],
    ["a word", "file,x0,y0,x1,y1\na,0,0,left,1", /line 2: x1 is "left"; expected a fraction from 0 to 1/],
    ["nothing", "file,x0,y0,x1,y1\na,0,,1,1", /line 2: y0 is ""/],
    [
      "corners the wrong way round",
      "file,x0,y0,x1,y1\na,0.5,0,0.1,1",
      /line 2: the box from \(0.5, 0\).*expected x0 < x1/,
    ],
    ["no file", "file,x0,y0,x1,y1\n,0,0,1,1", /line 2: the cell in column "file" is empty/],
  ])("with %s: says so", async (_, content, message) => {
    await expect(read(content)).rejects.toThrow(message)
  })
})

it("boxes.csv may name files with more folders in front, or by their names alone, and must name one", async () => {
  const csv = path.join(await tempFolder({ "boxes.csv": "file,x0,y0,x1,y1\n/far/fractured/A.png,0,0,1,1\nb.png,0,0,0.5,1\n" }), "boxes.csv") // biome-ignore format: short
  const boxes = await boxesOf(csv, ["fractured/a.png", "fractured/b.png", "normal/c.png"])
  expect([...boxes.keys()]).toEqual(["fractured/a.png", "fractured/b.png"])
  await expect(boxesOf(csv, ["x.png"])).rejects.toThrow(
    /names none of the run's 1 image, such as x\.png; found \/far\/fractured\/A\.png/,
  )
})

describe("peaks against boxes", () => {
  const size = 40

  it.each([
    ["wide", 200, 100],
    ["tall", 90, 300],
    ["square", 120, 120],
  ])("lie where the letterboxed film shows the box: %s", (_, width, height) => {
    const box = { x0: 0.7, y0: 0.6, x1: 0.9, y1: 0.8 }
    const pixels = new Uint8Array(width * height)
    for (let y = Math.round(box.y0 * height); y < box.y1 * height; y++)
      pixels.fill(255, y * width + Math.round(box.x0 * width), y * width + Math.round(box.x1 * width))
    const square = Float32Array.from(fitSquare({ pixels, width, height }, size))
    const bright = [...square.keys()].filter((i) => square[i] > 127)
    const [columns, lines] = [bright.map((i) => (i % size) + 0.5), bright.map((i) => Math.floor(i / size) + 0.5)]
    const points = boxPoints([box], width / height, size)
    const near = (actual: number, expected: number) => expect(Math.abs(actual - expected)).toBeLessThanOrEqual(1)
    near(Math.min(...points.map(({ x }) => x)), Math.min(...columns) - 0.5)
    near(Math.max(...points.map(({ x }) => x)), Math.max(...columns) + 0.5)
    near(Math.min(...points.map(({ y }) => y)), Math.min(...lines) - 0.5)
    near(Math.max(...points.map(({ y }) => y)), Math.max(...lines) + 0.5)
    expect(hitRate([{ peak: peakOf(square, size), fracture: points }], size).hits).toBe(1)
  })

  it("hit inside a box and up to the tolerance outside, and by chance as often as the area says", () => {
    const points = boxPoints([{ x0: 0.25, y0: 0.25, x1: 0.75, y1: 0.75 }], 1, size)
    const hits = (x: number, y: number) => hitRate([{ peak: { x, y, value: 1 }, fracture: points }], size).hits
    expect([hits(20, 20), hits(10.5, 29.5), hits(8.1, 20), hits(7.9, 20), hits(20, 32.1), hits(8.4, 8.4)]).toEqual([
      ...[1, 1, 1, 0, 0, 0],
    ])
    // 20 x 20 pixels and 2 more on each side, without the corners.
    const { anywhere } = hitRate([{ peak: { x: 0.5, y: 0.5, value: 1 }, fracture: points }], size)
    expect(anywhere).toBeCloseTo((20 * 20 + 4 * 2 * 20 + Math.PI * 4) / size ** 2, 2)
  })

  it("take the nearest of several boxes", () => {
    const boxes = [
      { x0: 0, y0: 0, x1: 0.1, y1: 0.1 },
      { x0: 0.8, y0: 0.8, x1: 0.9, y1: 0.9 },
    ]
    const fracture = boxPoints(boxes, 1, size)
    const found = [
      { x: 2, y: 2 },
      { x: 34, y: 34 },
      { x: 20, y: 20 },
    ].map((at) => ({ peak: { ...at, value: 1 }, fracture }))
    expect(hitRate(found, size)).toMatchObject({ truePositives: 3, hits: 2, elsewhere: 2 / 3, middle: 0 })
  })
})

const atlas = fileURLToPath(new URL("../../../shared/xray/fracatlas/boxes.csv", import.meta.url))
it.skipIf(!existsSync(atlas))("FracAtlas' boxes are in order: 430 of its 431 fractured films have some", async () => {
  const boxes = await readBoxes(atlas)
  expect([boxes.size, [...boxes.values()].flat().length]).toEqual([430, 559])
})
