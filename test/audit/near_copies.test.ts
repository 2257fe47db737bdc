/** Near copies of drawn radiographs, and of real ones where there are any. */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { parse } from "csv-parse/sync"
import sharp, { type Sharp } from "sharp"
import { describe, expect, it } from "vitest"
import { align } from "../../src/audit/align.ts"
import { audit } from "../../src/audit/audit.ts"
import { contentMask } from "../../src/audit/content.ts"
import { compare, nearCopies, SIDE, type Sketch, sketch } from "../../src/audit/near_copies.ts"
import { SketchFile } from "../../src/audit/sketch_file.ts"
import { phantomImage } from "../../src/data/phantom.ts"
import { decodeImage } from "../../src/data/read_image.ts"
import { Union } from "../../src/data/union.ts"
import { Purpose, Random } from "../../src/tensor/random.ts"
import { tempFolder } from "../support/temp_folder.ts"

const drawn = (index: number) => phantomImage({ seed: 2, index, size: SIDE, fracture: null }).pixels
const open = (pixels: Uint8Array) => sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 1 } })
const sketchOf = async (image: Sharp): Promise<Sketch> =>
  sketch(await decodeImage(await image.toColourspace("b-w").png().toBuffer(), SIDE))

const changes: Record<string, (image: Sharp) => Sharp | Promise<Sharp>> = {
  "turned by 37 degrees": (image) => image.rotate(37, { background: "#000" }),
  "turned by 170 degrees": (image) => image.rotate(170, { background: "#000" }),
  mirrored: (image) => image.flop(),
  "mirrored and turned": async (image) =>
    sharp(await image.flop().png().toBuffer()).rotate(-50, { background: "#000" }),
  cropped: (image) => image.extract({ left: 30, top: 10, width: 200, height: 210 }),
  smaller: (image) => image.resize(150, 150),
  brighter: (image) => image.linear(1.15, 20),
  darker: (image) => image.linear(0.7, 0),
  "a poor JPEG": async (image) => sharp(await image.jpeg({ quality: 30 }).toBuffer()),
}

describe("a copy", () => {
  it.each(Object.entries(changes))("is found when it is %s", async (_, change) => {
    for (const index of [1, 4]) {
      const changed = await change(open(drawn(index)))
      expect(compare(sketch(drawn(index)), await sketchOf(changed))?.correlation).toBeGreaterThan(0.9)
    }
  })

  it("is told with how it was made", async () => {
    const turned = compare(sketch(drawn(1)), await sketchOf(await changes["turned by 37 degrees"](open(drawn(1)))))
    expect(turned).toMatchObject({ mirrored: false })
    expect(turned?.rotation).toBeCloseTo(37, 0)
    // Turning made the canvas larger, and fitting it into the square the picture smaller.
    expect(turned?.scale).toBeCloseTo(1 / (Math.cos((37 * Math.PI) / 180) + Math.sin((37 * Math.PI) / 180)), 1)
    const both = compare(sketch(drawn(1)), await sketchOf(await changes["mirrored and turned"](open(drawn(1)))))
    expect(both).toMatchObject({ mirrored: true })
    expect(both?.rotation).toBeCloseTo(-50, 0)
  })
})

describe("what is no copy", () => {
  it("other radiographs, flat and dark images, and noise", async () => {
    const noise = (seed: number) => {
      const random = new Random(seed, Purpose.test)
      return Uint8Array.from({ length: SIDE * SIDE }, () => random.integer(256))
    }
    const flat = (value: number) => new Uint8Array(SIDE * SIDE).fill(value)
    const others = [...[1, 2, 3, 4, 5].map(drawn), flat(0), flat(0), flat(90), flat(90), noise(1), noise(2)].map(sketch)
    for (const [i, one] of others.entries())
      for (const other of others.slice(i + 1)) expect(compare(one, other)).toBeUndefined()
    expect(await nearCopies(others)).toEqual([])
  })

  it.each([
    ["whose structure agrees, but not enough", 70, 97],
    ["whose structure agrees, but not enough", 148, 214],
    ["that agree in a corner alone", 13, 68],
    ["that agree in a corner alone", 18, 153],
  ])("smooth limbs with keypoints in common %s: %i and %i", (_, one, other) => {
    const [a, b] = [sketch(drawn(one)), sketch(drawn(other))]
    expect(align(a.features, b.features)?.agreeing).toBeGreaterThanOrEqual(6)
    expect(compare(a, b)).toBeUndefined()
  })

  it("radiographs with the same marker on the same dark background", async () => {
    const marker = Buffer.from(
      '<svg width="256" height="256"><rect x="10" y="20" width="50" height="30" fill="#bbb"/><text x="14" y="45" font-size="26">R7</text></svg>',
    )
    const marked = (index: number) => sketchOf(open(drawn(index)).composite([{ input: marker }]))
    expect(compare(await marked(1), await marked(2))).toBeUndefined()
  })
})

it("nearCopies connects the copies of a radiograph and no others", async () => {
  const sketches: Sketch[] = []
  const truth: number[] = []
  for (let index = 0; index < 12; index++)
    for (const angle of [0, 25, -70]) {
      sketches.push(await sketchOf(open(drawn(index)).rotate(angle, { background: "#000" })))
      truth.push(index)
    }
  const links = await nearCopies(sketches)
  const dir = await tempFolder()
  const file = new SketchFile(dir)
  expect(await nearCopies(sketches.map((one) => file.add(one)))).toEqual(links)
  file.close()
  expect(readdirSync(dir)).toEqual([])
  const union = new Union(sketches.length)
  for (const { i, j } of links) {
    expect(truth[i]).toBe(truth[j])
    union.join(i, j)
  }
  // Two of the drawn limbs are so smooth that a turned copy shares too few keypoints.
  expect(union.sets().filter((set) => set.length === 3).length).toBeGreaterThanOrEqual(10)
})

it("sketches are the same from their file, and stay in memory if nothing can be written", async () => {
  const one = sketch(drawn(1))
  const file = new SketchFile(path.join(await tempFolder(), "new"))
  const [first, second] = [file.add(one), file.add(sketch(drawn(2)))]
  expect(first).not.toBe(one)
  expect(second.features).toEqual(sketch(drawn(2)).features)
  expect(first.features).toEqual(one.features)
  expect(first.textures).toEqual(one.textures)
  file.close()
  expect(() => first.features).toThrow()
  expect(file.add(one)).toBe(one)
  expect(new SketchFile(path.join(await tempFolder({ file: "" }), "file", "x")).add(one)).toBe(one)
})

it("ends when it is told to", async () => {
  const one = sketch(drawn(1))
  const stop = AbortSignal.abort(new Error("enough"))
  await expect(nearCopies(Array(400).fill(one), { signal: stop })).rejects.toThrow("enough")
})

describe("content", () => {
  const row4 = (value: (x: number, y: number) => number) => {
    const values = Float32Array.from({ length: 81 }, (_, i) => value(i % 9, Math.floor(i / 9)))
    return [...contentMask({ values, width: 9, height: 9 }, 1).subarray(36, 45)]
  }

  it("ends a margin before a fill that goes on to the border; black within stays", () => {
    expect(row4((x, y) => (x < 3 || (x === 6 && y === 4) ? 0 : 100))).toEqual([0, 0, 0, 0, 1, 1, 1, 0, 0])
  })

  it("begins where it fades in", () => {
    expect(row4((x) => 6 * x)).toEqual([0, 0, 1, 1, 1, 1, 1, 0, 0])
  })
})

const shared = fileURLToPath(new URL("../../../shared/xray/wrist-rotated", import.meta.url))
describe.skipIf(!existsSync(shared))("real radiographs", () => {
  /**
   * The same films under other numbers, as one sees side by side: other windowing, another crop.
   */
  const TWICE: Record<string, string> = {
    "vup-F084": "vup-F058",
    "vup-F085": "vup-F059",
    "vup-F086": "vup-F060",
    "vup-N069": "vup-N003",
  }

  it("six turned copies of each are found, and no two radiographs linked", { timeout: 600_000 }, async () => {
    const found = await audit(shared, { cacheDir: false })
    const rows = parse(readFileSync(path.join(shared, "groups.csv")), { columns: true }) as Record<string, string>[]
    const radiograph = new Map(rows.map((row) => [row.file, TWICE[row.radiograph] ?? row.radiograph]))
    const members = new Map<string, string[]>()
    for (const [file, name] of radiograph) members.set(name, [...(members.get(name) ?? []), file])
    const set = new Map(found.copies.flatMap(({ files }, k) => files.map((file) => [file, k] as const)))
    let [links, all] = [0, 0]
    for (const files of members.values())
      for (const [i, one] of files.entries())
        for (const other of files.slice(i + 1)) {
          all++
          if (set.has(one) && set.get(one) === set.get(other)) links++
        }
    expect(links / all).toBeGreaterThan(0.95)
    const wrong = found.links.filter(({ files: [one, other] }) => radiograph.get(one) !== radiograph.get(other))
    expect(wrong).toEqual([])
  })
})
