import { readFileSync, statSync } from "node:fs"
import path from "node:path"
import { PNG } from "pngjs"
import { describe, expect, it } from "vitest"
import { loadFolder } from "../../src/data/load.ts"
import { fractureTypes, phantomFracture, phantomImage } from "../../src/data/phantom.ts"
import { networks } from "../../src/models/networks.ts"
import { defaultConfig, defaultData } from "../../src/train/defaults.ts"
import { cnn } from "../support/cli.ts"
import { phantomDataset } from "../support/drawn.ts"
import { tempFolder } from "../support/temp_folder.ts"
import { figureAuc, fileSize, mean, pixelAucs, rocAuc, sharpness, spread } from "./trivial_predictors.ts"

/** What `npx cnn train` trains on. */
const { size } = networks[defaultConfig.model]

describe("a phantom image", () => {
  it("is a function of seed, index and fracture", () => {
    const draw = (seed: number, index: number) => phantomImage({ seed, index, size, fracture: "oblique" })
    expect(draw(3, 5)).toEqual(draw(3, 5))
    expect(draw(3, 5).pixels).not.toEqual(draw(3, 6).pixels)
    expect(draw(3, 5).pixels).not.toEqual(draw(4, 5).pixels)
  })

  it.each(fractureTypes)("differs from the whole bone at the %s fracture, and not on the other side", (fracture) => {
    for (let index = 0; index < 20; index++) {
      const whole = phantomImage({ seed: 1, index, size, fracture: null })
      const broken = phantomImage({ seed: 1, index, size, fracture })
      expect(whole.centre).toBeNull()
      const { x, y } = broken.centre!
      expect(Math.min(x, y, size - x, size - y), `index ${index}: centre inside`).toBeGreaterThan(0.08 * size)
      const changes = Array.from(whole.pixels, (value, k) => ({
        change: Math.abs(value - broken.pixels[k]),
        distance: Math.hypot((k % size) + 0.5 - x, Math.floor(k / size) + 0.5 - y),
      }))
      const near = changes.filter(({ distance }) => distance < 0.15 * size)
      expect(Math.max(...near.map(({ change }) => change)), `index ${index}: visible`).toBeGreaterThan(25)
      const untouched = changes.filter(({ change }) => change === 0).length
      expect(untouched / changes.length, `index ${index}: untouched`).toBeGreaterThan(0.4)
    }
  })

  it.each(fractureTypes)("knows where the edges of the %s fracture lie: there it differs most", (fracture) => {
    const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length
    const ratios = Array.from({ length: 10 }, (_, index) => {
      const patient = { seed: 1, index, size }
      const whole = phantomImage({ ...patient, fracture: null }).pixels
      const { pixels, centre } = phantomImage({ ...patient, fracture })
      const edges = phantomFracture({ ...patient, fracture })
      const away = edges.map(({ x, y }) => Math.hypot(x - centre!.x, y - centre!.y))
      expect(Math.min(...away), `index ${index}: at the centre`).toBeLessThan(0.06 * size)
      expect(Math.max(...away), `index ${index}: and no further than a bone`).toBeLessThan(0.35 * size)
      const change = (x: number, y: number) => {
        const k = Math.floor(y) * size + Math.floor(x)
        return Math.abs(pixels[k] - whole[k])
      }
      const seen = edges.filter(({ x, y }) => Math.min(x, y) >= 0 && Math.max(x, y) < size)
      const all = Array.from(pixels, (value, k) => Math.abs(value - whole[k]))
      return mean(seen.map(({ x, y }) => change(x, y))) / mean(all)
    })
    expect(mean(ratios)).toBeGreaterThan(3)
    expect(phantomFracture({ seed: 1, index: 0, size, fracture: null })).toEqual([])
  })

  it("shows air, soft tissue and bone, and scales with the size asked for", () => {
    const small = phantomImage({ seed: 2, index: 1, size: 64, fracture: "greenstick" })
    const large = phantomImage({ seed: 2, index: 1, size: 192, fracture: "greenstick" })
    expect(large.centre!.x / small.centre!.x).toBeCloseTo(3, 6)
    expect(Math.abs(mean(large.pixels) - mean(small.pixels))).toBeLessThan(3)
    const sorted = [...large.pixels].sort((a, b) => a - b)
    const at = (share: number) => sorted[Math.floor(share * sorted.length)]
    expect(at(0.02)).toBeLessThan(60)
    expect(at(0.98)).toBeGreaterThan(130)
  })
})

describe("the phantom set", () => {
  it("is balanced, sorted by name, and each image is its own group", () => {
    const data = phantomDataset({ count: 24, seed: 1, size: 32 })
    expect(data.classes).toEqual(["not_fractured", "fractured"])
    expect(data.files).toEqual([...data.files].sort())
    expect(data.files[0]).toBe("fractured/phantom-0001.png")
    expect([...data.labels].filter((label) => label === 1)).toHaveLength(12)
    expect(new Set(data.groups).size).toBe(24)
    expect(data.pixels).toHaveLength(24 * 32 * 32)
  })

  it("has a class for each type on demand", () => {
    const data = phantomDataset({ count: 28, seed: 1, size: 32, byType: true })
    expect(data.classes).toEqual(["not_fractured", ...[...fractureTypes].sort()])
    data.classes.forEach((_, label) => {
      expect([...data.labels].filter((l) => l === label)).toHaveLength(4)
    })
    data.files.forEach((file, i) => {
      expect(data.classes[data.labels[i]]).toBe(file.split("/")[0])
    })
  })

  it.each([0, 1, 2])("cannot be solved without looking at the bone, seed %i", (seed) => {
    const data = phantomDataset({ ...defaultData, seed, size })
    const [weakPenalty, strongPenalty] = pixelAucs(data, [0.01, 1])
    const aucs = {
      mean: figureAuc(data, mean),
      spread: figureAuc(data, spread),
      sharpness: figureAuc(data, sharpness),
      fileSize: figureAuc(data, fileSize),
      weakPenalty,
      strongPenalty,
    }
    for (const [name, auc] of Object.entries(aucs)) expect(auc, name).toBeLessThan(0.65)
  })

  it("would be found out by the same predictors if the classes differed in brightness or along one edge", () => {
    const data = phantomDataset({ count: 120, seed: 1, size: 32 })
    const brighter = { ...data, pixels: data.pixels.map((v, k) => Math.min(255, v + 60 * data.labels[k >> 10])) }
    expect(figureAuc(brighter, mean)).toBeGreaterThan(0.75)
    const edge = {
      ...data,
      pixels: data.pixels.map((v, k) => ((k & 1023) < 64 ? 40 * data.labels[k >> 10] + (v & 63) : v)),
    }
    expect(pixelAucs(edge, [0.01])[0]).toBeGreaterThan(0.75)
    expect(rocAuc([1, 2, 2, 3], [0, 0, 1, 1])).toBe(0.875)
  })
})

describe("cnn phantom", () => {
  it("writes what phantomDataset draws, in the layout that is read back, and a table", async () => {
    const dir = path.join(await tempFolder(), "new")
    const args = ["phantom", dir, "--count", "12", "--seed", "7", "--size", "40"]
    const { code, stdout, stderr } = await cnn([...args, "--json"])
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    expect(JSON.parse(stdout)).toMatchObject({
      count: 12,
      seed: 7,
      size: 40,
      classes: { fractured: 6, not_fractured: 6 },
    })
    const drawn = phantomDataset({ count: 12, seed: 7, size: 40 })
    const read = await loadFolder(dir, { size: 40, strict: true })
    expect(read.files).toEqual(drawn.files)
    expect(read.labels).toEqual(drawn.labels)
    expect(Buffer.compare(read.pixels as Uint8Array, drawn.pixels)).toBe(0)
    const rows = readFileSync(path.join(dir, "phantom.csv"), "utf8").trim().split("\n")
    expect(rows).toHaveLength(13)
    const { centre } = phantomImage({ seed: 7, index: 1, size: 40, fracture: "transverse" })
    expect(rows[1]).toBe(`fractured/phantom-0001.png,transverse,${centre!.x.toFixed(1)},${centre!.y.toFixed(1)}`)
    expect(rows[7]).toBe("not_fractured/phantom-0000.png,none,,")
    const again = await cnn(args)
    expect(again.code).toBe(1)
    expect(again.stderr).toContain("fractured/phantom-0001.png (and 12 more): there already")
  })

  it("writes a class folder for each type", async () => {
    const dir = await tempFolder()
    expect((await cnn(["phantom", dir, "--count", "7", "--size", "48", "--by-type"])).code).toBe(0)
    for (const [k, type] of fractureTypes.entries()) {
      const png = PNG.sync.read(readFileSync(path.join(dir, type, `phantom-000${k + 1}.png`)))
      expect([png.width, png.height]).toEqual([48, 48])
    }
    expect(statSync(path.join(dir, "not_fractured", "phantom-0000.png")).size).toBeGreaterThan(100)
  })

  it("refuses a count that is none", async () => {
    const { code, stderr } = await cnn(["phantom", "unused", "--count", "many"])
    expect(code).toBe(2)
    expect(stderr).toContain('--count is "many"; expected a whole number')
  })
})
