/**
 * Masks, small copies and pictures that this program drew: left out by what they show, never by
 * their name alone.
 */
import { existsSync } from "node:fs"
import path from "node:path"
import { fileURLToPath } from "node:url"
import sharp from "sharp"
import { describe, expect, it } from "vitest"
import { audit } from "../../src/audit/audit.ts"
import { findings } from "../../src/audit/findings.ts"
import { leftOutByKind, leftOutCounts } from "../../src/data/left_out.ts"
import { loadFolder } from "../../src/data/load.ts"
import { ownImage } from "../../src/data/own_images.ts"
import { phantomImage } from "../../src/data/phantom.ts"
import { rolesOf } from "../../src/data/roles.ts"
import { heatmap } from "../../src/explain/heatmap.ts"
import { contactSheet } from "../../src/report/contact_sheet.ts"
import { tempFolder } from "../support/temp_folder.ts"

const SIDE = 96
type Gray = (x: number, y: number) => number
type Files = Record<string, Uint8Array | string>

const film = (index: number) => phantomImage({ seed: 5, index, size: SIDE, fracture: null }).pixels
const drawn = (gray: Gray) => Uint8Array.from({ length: SIDE * SIDE }, (_, i) => gray(i % SIDE, Math.floor(i / SIDE)))
const image = (pixels: Uint8Array) => sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 1 } }).toColourspace("b-w") // biome-ignore format: short
const png = (pixels: Uint8Array) => image(pixels).png().toBuffer()
const jpeg = (pixels: Uint8Array) => image(pixels).jpeg({ quality: 85 }).toBuffer()
const small = (pixels: Uint8Array, size: number) => image(pixels).resize(size, size).png().toBuffer()

const blob = (k: number): Gray => (x, y) => (Math.hypot(x - 30 - k, y - 40) < 14 ? 255 : 0) // biome-ignore format: short
const outline: Gray = (x, y) => (Math.abs(Math.hypot(x - 48, y - 48) - 30) < 2 ? 255 : 0)
const bones: Gray = (x, y) => (x > 20 && x < 40 ? 90 : x > 50 && x < 80 && y > 10 ? 200 : 0)
const regions: Gray = (x, y) => 12 * Math.floor(x / 24) + 50 * Math.floor(y / 24)

/** Five films a class. */
async function films(): Promise<Files> {
  const entries = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map(async (i) => [
    `${i < 5 ? "fractured" : "normal"}/r${i}.png`,
    await png(film(i)),
  ])
  return Object.fromEntries(await Promise.all(entries))
}

const load = async (files: Files, options: object = {}) =>
  loadFolder(await tempFolder(files), { size: 32, cacheDir: false, ...options })
const skippedOf = async (more: Files) => {
  const { skipped, files } = await load({ ...(await films()), ...more })
  expect(files).toHaveLength(10 + Object.keys(more).length - skipped.length)
  return Object.fromEntries(skipped.map(({ file, reason }) => [file, reason]))
}

describe("masks", () => {
  it("are known by their gray values and a name, a film of the same name, or the rest of their class", async () => {
    const found = await skippedOf({
      "fractured/r0_mask.png": await png(drawn(blob(0))),
      "fractured/mask_r1.png": await png(drawn(outline)),
      "fractured/r2-seg.jpg": await jpeg(drawn(blob(9))),
      "fractured/masks/r3.png": await png(drawn(bones)),
      "normal/labels/r5.png": await png(drawn(regions)),
      "normal/annotations/another.png": await png(drawn(blob(3))),
      "normal/r6.gif": await image(drawn(bones)).gif().toBuffer(),
      "normal/zzz.png": await png(drawn(blob(20))),
    })
    expect(found).toEqual({
      "fractured/r0_mask.png": "mask of fractured/r0.png (2 gray values, named as one)",
      "fractured/mask_r1.png": "mask of fractured/r1.png (2 gray values, named as one)",
      "fractured/r2-seg.jpg": expect.stringMatching(/^mask of fractured\/r2\.png \(\d gray values, named as one\)$/),
      "fractured/masks/r3.png": "mask of fractured/r3.png (3 gray values, named as one)",
      "normal/labels/r5.png": expect.stringMatching(/^mask of normal\/r5\.png \(\d+ gray values, named as one\)$/),
      "normal/annotations/another.png": "mask (2 gray values, named as one)",
      "normal/r6.gif": "mask of normal/r6.png (3 gray values)",
      "normal/zzz.png": "mask (2 gray values, unlike the others of its class)",
    })
  })

  it("are not films with a mask's name, gray levels few but many enough, nor dithered ones", async () => {
    const level = (levels: number) => film(20).map((gray) => Math.round(Math.floor((gray * levels) / 256) * (255 / levels))) // biome-ignore format: short
    const dithered = film(21).map((gray, i) => (gray > (i * 7919) % 251 ? 255 : 0))
    const found = await skippedOf({
      "fractured/face_mask.png": await png(film(22)),
      "fractured/masks/one.png": await png(film(23)),
      "normal/labels/two.png": await png(film(24)),
      "normal/eight.png": await png(level(8)),
      "normal/sixteen.png": await png(level(16)),
      "normal/scan.png": await png(dithered),
    })
    expect(found).toEqual({})
  })

  it("are not the films of a set in which all have two gray values, whatever they are called", async () => {
    const entries = [0, 1, 2, 3, 4, 5].map(async (i) => [
      `${i < 3 ? "fractured" : "normal"}/bone_mask_${i}.png`,
      await png(drawn(blob(5 * i))),
    ])
    const { files, skipped } = await load(Object.fromEntries(await Promise.all(entries)))
    expect(files).toHaveLength(6)
    expect(skipped).toEqual([])
  })

  it("a class of films called mask stays; one of masks is an error that names the way to keep it", async () => {
    const entries = [0, 1, 2, 3].map(async (i) => [`${i < 2 ? "mask" : "no_mask"}/${i}.png`, await png(film(i))])
    const { classes, skipped } = await load(Object.fromEntries(await Promise.all(entries)), { positive: "mask" })
    expect([classes, skipped]).toEqual([["no_mask", "mask"], []])
    const pairs = [0, 1, 2].map(
      async (i): Promise<[string, Uint8Array][]> => [
        [`images/${i}.png`, await png(film(i))],
        [`masks/${i}.png`, await png(drawn(blob(4 * i)))],
      ],
    )
    const both = Object.fromEntries((await Promise.all(pairs)).flat())
    await expect(load(both, { positive: "masks" })).rejects.toThrow(
      /no readable image left in class "masks"; 3 files skipped:\n.*masks\/0\.png, .*masks\/2\.png: mask .*\n3 masks\n.*--all-images keeps/s,
    )
    expect((await load(both, { positive: "masks", allImages: true })).files).toHaveLength(6)
  })
})

describe("small copies", () => {
  it("are known by their film: in a folder of thumbnails, by a size in the name, as another format", async () => {
    const found = await skippedOf({
      "fractured/thumbs/r0.png": await small(film(0), 32),
      "fractured/r1-40x40.png": await small(film(1), 40),
      "normal/r5_thumb.png": await small(film(5), 24),
      "normal/r6.jpg": await image(film(6)).resize(48, 48).jpeg().toBuffer(),
      "normal/r7_preview.jpg": await jpeg(film(7)),
    })
    expect(found).toEqual({
      "fractured/thumbs/r0.png": "thumbnail of fractured/r0.png (32 x 32 of 96 x 96 pixels)",
      "fractured/r1-40x40.png": "thumbnail of fractured/r1.png (40 x 40 of 96 x 96 pixels)",
      "normal/r5_thumb.png": "thumbnail of normal/r5.png (24 x 24 of 96 x 96 pixels)",
      "normal/r6.jpg": "thumbnail of normal/r6.png (48 x 48 of 96 x 96 pixels)",
      "normal/r7_preview.jpg": "preview of normal/r7.png (the same picture, named as a copy)",
    })
  })

  it("are not other films under such a name, without a film beside them, or of the other class", async () => {
    const found = await skippedOf({
      "fractured/thumb/r0.png": await small(film(30), 32),
      "fractured/thumb_x.png": await small(film(31), 32),
      "normal/r0_thumb.png": await small(film(0), 32),
      "normal/r6.jpg": await jpeg(film(32)),
    })
    expect(found).toEqual({})
  })
})

describe("what this program drew", () => {
  const map = Float32Array.from({ length: SIDE * SIDE }, (_, i) => Math.exp(-(((i % SIDE) - 40) ** 2 + (i / SIDE - 50) ** 2) / 300)) // biome-ignore format: short
  const heat = () => heatmap(film(0), map, SIDE)
  const sheet = () => contactSheet([0, 1, 2, 3, 4].map(film), SIDE)
  /** As 0.2.0 wrote it: without the mark behind the header. */
  const unstamped = async (bytes: Uint8Array) => {
    const png = Buffer.from(bytes)
    return Buffer.concat([png.subarray(0, 33), png.subarray(33 + 12 + png.readUInt32BE(33))])
  }
  /** The pixels of a colour image alone, as another program saves them. */
  const saved = async (bytes: Uint8Array) => {
    const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true })
    const { width, height, channels } = info
    return sharp(data, { raw: { width, height, channels } }).png().toBuffer()
  }

  it("is known by the mark in it, and without that by what it shows", async () => {
    for (const [bytes, kind] of [
      [await heat(), "heatmap"],
      [await sheet(), "contact sheet"],
      [await heatmap(film(1), map, 64 + 32, { top: 2 }), "heatmap"],
    ] as const) {
      expect(Buffer.from(bytes).includes(`tEXtSoftware\0cnn ${kind}`)).toBe(true)
      expect(await ownImage(bytes)).toBe(kind)
      expect((await sharp(bytes).metadata()).comments).toEqual([{ keyword: "Software", text: `cnn ${kind}` }])
      const bare = await unstamped(bytes)
      expect(bare.includes("Software")).toBe(false)
      expect(await ownImage(bare)).toBe(kind)
    }
    const again = await saved(await heat())
    expect([again.includes("Software"), await ownImage(again)]).toEqual([false, "heatmap"])
  })

  it("is not a film in colour, a tinted one, one in a gray frame, or a photograph", async () => {
    const grown = (pixels: Uint8Array) => image(pixels).resize(480, 480)
    const rgb = (at: (gray: number, i: number) => number[]) =>
      sharp(Uint8Array.from([...film(3)].flatMap(at)), { raw: { width: SIDE, height: SIDE, channels: 3 } }).resize(480, 480).png().toBuffer() // biome-ignore format: a chain
    const others = [
      await grown(film(1)).png().toBuffer(),
      await grown(film(1)).toColourspace("srgb").png().toBuffer(),
      await rgb((gray) => [gray, Math.round(gray * 0.8), Math.round(gray * 0.5)]),
      await rgb((gray, i) => [gray, (i * 7) % 256, (i * 13) % 256]),
      await rgb((gray) => [gray >> 2, gray, gray >> 1]),
      await image(film(2)).extend({ top: 4, bottom: 4, left: 4, right: 4, background: "#808080" }).png().toBuffer(),
      await png(drawn(() => 128)),
    ]
    for (const [i, bytes] of others.entries()) expect(await ownImage(bytes), `${i}`).toBeUndefined()
  })

  it("is left out, and counted by kind", async () => {
    const found = await skippedOf({
      "fractured/heat.png": await heat(),
      "normal/r6.png.png": await unstamped(await heat()),
      "normal/sheet.png": await sheet(),
    })
    expect(found).toEqual({
      "fractured/heat.png": "heatmap that this program drew, no film",
      "normal/r6.png.png": "heatmap that this program drew, no film",
      "normal/sheet.png": "contact sheet that this program drew, no film",
    })
  })
})

it("the audit leaves out the same, names them as a problem, and finds no copies in them", async () => {
  const files = {
    ...(await films()),
    "fractured/r0_mask.png": await png(drawn(blob(0))),
    "fractured/r1_mask.png": await png(drawn(blob(0))),
    "normal/r5_thumb.png": await small(film(5), 48),
    "normal/broken.png": "no image",
    "normal/r6.png.png": Buffer.from(await heatmap(film(0), new Float32Array(SIDE * SIDE).fill(0.5), SIDE)),
  }
  const dir = await tempFolder(files)
  const found = await audit(dir, { cacheDir: false })
  const { skipped } = await loadFolder(dir, { size: 32, cacheDir: false })
  expect(found.skipped).toEqual(skipped)
  expect([found.files.length, found.copies]).toEqual([10, []])
  const [problem] = findings(found).filter(({ kind }) => kind === "strays")
  expect(problem.level).toBe("problem")
  expect(problem.text).toMatch(
    /^4 images are no films and are left out \(2 masks, 1 thumbnail, 1 heatmap of this program\), such as .*--all-images keeps/,
  )
  expect(findings(found).map(({ text }) => text).join()).toMatch(/1 file cannot be used \(1 not an image\)/) // biome-ignore format: short
  expect(leftOutByKind([{ file: "a", reason: "no row in hands.csv" }, ...skipped])).toContain(
    "1 without a row in the table",
  )
  expect(leftOutCounts(skipped)).toBe("2 masks, 1 not an image, 1 thumbnail, 1 heatmap of this program")
  expect((await audit(dir, { cacheDir: false, allImages: true })).files).toHaveLength(14)
})

it("strict names each kind and the way to keep it", async () => {
  const files = { ...(await films()), "fractured/r0_mask.png": await png(drawn(blob(0))), "normal/none.png": "" }
  await expect(load(files, { strict: true })).rejects.toThrow(
    /2 files cannot be used, and --strict allows none:\n {2}fractured\/r0_mask\.png: mask of .*\n1 mask, 1 without a pixel\n.*--all-images/s,
  )
})

it("names of files and folders say a role and a film", () => {
  const film = (file: string) => rolesOf(file).film
  for (const file of ["A/masks/r1.png", "A/images/r1.jpg", "A/r1_mask.png", "A/mask-r1.png", "A/r1.seg.png", "A/R1_thumb.png", "A/r1-150x150.png"]) // biome-ignore format: a list
    expect(film(file), file).toBe("a/r1")
  expect(film("A/left/r1.png")).not.toBe(film("A/right/r1.png"))
  expect(film("A/masks/mask.png")).toBe("a/mask")
  for (const file of ["A/unmasked1.png", "A/segovia.png", "A/labelling/1.png"]) expect(rolesOf(file).isMask).toBe(false)
})

/**
 * Radiographs for trying things out; they are local only, so a checkout elsewhere is without them.
 */
const xray = fileURLToPath(new URL("../../../shared/xray", import.meta.url))

it.skipIf(!existsSync(xray)).each([
  ["wrist", 187],
  ["fracatlas", 2984],
])(
  "no real film of %s is taken for one",
  async (name, count) => {
    const { files, skipped } = await loadFolder(path.join(xray, name), { size: 64, cacheDir: false })
    expect([files.length, skipped]).toEqual([count, []])
  },
  250_000,
)
