import { existsSync } from "node:fs"
import { readdir, readFile, rm, stat, symlink, utimes, writeFile } from "node:fs/promises"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import type { InMemory } from "../../src/data/dataset.ts"
import { imageCache } from "../../src/data/image_cache.ts"
import { type LoadOptions, loadFolder } from "../../src/data/load.ts"
import { sha256 } from "../../src/files/sha256.ts"
import { grayPng, tempFolder } from "../support/temp_folder.ts"

const load = (dir: string, options: Partial<LoadOptions> = {}) =>
  loadFolder(dir, { size: 4, cacheDir: false, ...options }) as Promise<InMemory>

/** Six images, three a class; the gray value tells them apart. */
const small = async (more: Record<string, string | Uint8Array> = {}) =>
  tempFolder({
    "train/not_fractured/a.png": await grayPng(10),
    "train/not_fractured/b.png": await grayPng(20),
    "val/not_fractured/c.png": await grayPng(30),
    "train/fractured/d.png": await grayPng(40),
    "train/fractured/d-rotated1.png": await grayPng(50),
    "val/fractured/e.png": await grayPng(60),
    ...more,
  })

describe("loadFolder", () => {
  it("gives each file's pixels, label and group in sorted order", async () => {
    const dir = await small({ "README.txt": "x", "train/.DS_Store": "x", "train/Thumbs.db": "x" })
    const data = await load(dir)
    expect(data).toMatchObject({ name: dir, size: 4, classes: ["not_fractured", "fractured"], skipped: [] })
    expect(data.files).toEqual([
      "train/fractured/d-rotated1.png",
      "train/fractured/d.png",
      "train/not_fractured/a.png",
      "train/not_fractured/b.png",
      "val/fractured/e.png",
      "val/not_fractured/c.png",
    ])
    expect([...data.labels]).toEqual([1, 1, 0, 0, 1, 0])
    expect(data.pixels).toHaveLength(6 * 16)
    expect(data.pixels.filter((_, i) => i % 16 < 4)).toEqual(
      Uint8Array.from([50, 40, 10, 20, 60, 30].flatMap((v) => Array(4).fill(v))),
    )
    expect(data.groups).toEqual([
      "fractured/d",
      "fractured/d",
      "not_fractured/a",
      "not_fractured/b",
      "fractured/e",
      "not_fractured/c",
    ])
    expect(data.grouping).toMatch(/^6 images in 5 groups, .*up to 2 in a group/)
  })

  it("lists what it cannot use, each with the reason, and leaves no gap", async () => {
    const truncated = (await grayPng(1, 300, 300)).subarray(0, 100)
    const data = await load(
      await small({
        "train/fractured/0.png": "",
        "train/fractured/x.jpg": "text",
        "val/fractured/y.png": truncated,
        "z.png": "",
        "w.bmp": "",
      }),
    )
    expect(data.skipped.map(({ file, reason }) => `${file}: ${reason.slice(0, 20)}`)).toEqual([
      "train/fractured/0.png: the file is empty",
      "train/fractured/x.jpg: not an image: its co",
      "val/fractured/y.png: truncated or damaged",
      "w.bmp: BMP cannot be read: ",
      "z.png: lies in no class fol",
    ])
    expect(data.files).toHaveLength(6)
    expect(data.pixels.filter((_, i) => i % 16 === 0)).toEqual(Uint8Array.of(50, 40, 10, 20, 60, 30))
    expect(data.grouping).toMatch(/^6 images/)
  })

  it("with strict, names the first of them, one line per reason", async () => {
    const bad = Object.fromEntries(
      Array.from({ length: 25 }, (_, i) => [`train/fractured/bad${String(i).padStart(2, "0")}.png`, "x"]),
    )
    const error = await load(await small(bad), { strict: true }).catch((e: Error) => e.message)
    expect(error).toMatch(/25 files cannot be used, and --strict allows none:\n/)
    expect(error).toMatch(/bad03\.png, train\/fractured\/bad04\.png and 20 more: not an image[^\n]*\n25 not images$/)
    expect(error).not.toMatch(/bad05\.png/)
    await expect(load(await small(), { strict: true })).resolves.toMatchObject({ skipped: [] })
  })

  it("reports progress from 0 to all", async () => {
    const seen: number[][] = []
    await load(await small(), { onProgress: (done, total) => seen.push([done, total]) })
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6].map((done) => [done, 6]))
  })

  it("ends when it is told to", async () => {
    const stop = new AbortController()
    const onProgress = (done: number) => done === 1 && stop.abort(new Error("enough"))
    await expect(load(await small(), { signal: stop.signal, onProgress })).rejects.toThrow("enough")
  })

  it("takes groups from groups.csv before names", async () => {
    const names = ["train/fractured/d", "train/fractured/d-rotated1", "val/fractured/e"]
    const others = ["train/not_fractured/a", "train/not_fractured/b", "val/not_fractured/c"]
    const lines = [...names, ...others].map((name, i) => `${name}.png,p${i % 2}`)
    const data = await load(await small({ "groups.csv": ["file,group", ...lines].join("\n") }))
    expect(data.groups).toEqual(["p1", "p0", "p1", "p0", "p0", "p1"])
    expect(data.grouping).toMatch(/^6 images in 2 groups, from .*groups\.csv\.$/)
  })

  it("keeps files of the same content together", async () => {
    const data = await load(await small({ "val/not_fractured/again.png": await grayPng(10) }))
    const group = (name: string) => data.groups[data.files.findIndex((file) => file.endsWith(name))]
    expect(group("again.png")).toBe(group("/a.png"))
    expect(data.grouping).toMatch(/same content joined one pair of groups\.$/)
  })

  it("does not follow links that lead outside", async () => {
    const dir = await small()
    const outside = await tempFolder({ "secret.png": await grayPng(99) })
    await symlink(path.join(outside, "secret.png"), path.join(dir, "train/fractured/secret.png"))
    const data = await load(dir)
    expect(data.files).toHaveLength(6)
    expect(data.skipped).toEqual([
      { file: "train/fractured/secret.png", reason: expect.stringMatching(/leads outside/) },
    ])
  })
})

describe("loadFolder: errors", () => {
  it("no images", async () => {
    await expect(load(await tempFolder({ "a/x.txt": "" }))).rejects.toThrow(/no images found\. Expected PNG, JPEG/)
    await expect(load(await tempFolder({ "a/x.bmp": "" }))).rejects.toThrow(
      /Left out:\n {2}a\/x\.bmp: BMP cannot be read/,
    )
  })
  it("a class of which nothing is left", async () => {
    const dir = await tempFolder({ "fractured/1.png": await grayPng(1), "normal/2.png": "text" })
    await expect(load(dir)).rejects.toThrow(
      /no readable image left in class "normal"; 1 file skipped:\n {2}normal\/2\.png: not an image/,
    )
  })
  it("a wrong size", async () => {
    for (const size of [0, -1, 1.5, Number.NaN])
      await expect(load(".", { size })).rejects.toThrow(/size is .*whole number of pixels/)
  })
  it("wrong groups, before anything is decoded", async () => {
    const onProgress = () => expect.fail("decoded")
    await expect(load(await small(), { groupBy: "(", onProgress })).rejects.toThrow(/Invalid regular expression/)
  })
})

/** Bytes of an image of 4 x 4 pixels in a packed file. */
const RECORD = 64 + 16

describe("loadFolder: cache", () => {
  const entries = async (dir: string) =>
    (await readdir(dir, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))

  it("decodes once, and again what is damaged", async () => {
    const [dir, cacheDir] = [await small(), await tempFolder()]
    const first = await load(dir, { cacheDir })
    const [file, ...others] = await entries(cacheDir)
    expect(others).toEqual([])
    const whole = await readFile(file)
    expect(whole).toHaveLength(6 * RECORD)
    const damaged = Buffer.from(whole)
    damaged[RECORD - 1] ^= 1
    await writeFile(file, damaged.subarray(0, 4 * RECORD + 20))
    expect(await load(dir, { cacheDir })).toEqual(first)
    // One was damaged, two were cut off: they are written again, and no other.
    const sizes = (await Promise.all((await entries(cacheDir)).map((one) => stat(one)))).map(({ size }) => size)
    expect(sizes.sort((a, b) => a - b)).toEqual([3 * RECORD, 4 * RECORD + 20])
    expect(await load(dir, { cacheDir })).toEqual(first)
    expect(await entries(cacheDir)).toHaveLength(2)
  })

  it("is what the second run reads", async () => {
    const [dir, cacheDir] = [await small(), await tempFolder()]
    const first = await load(dir, { cacheDir })
    // An entry with a right checksum and other pixels shows that it is used.
    const hash = sha256(await readFile(path.join(dir, "val/fractured/e.png")))
    for (const file of await entries(cacheDir)) await rm(file)
    // Not blank: that would be left out.
    imageCache(cacheDir, 4).set(
      hash,
      Uint8Array.from({ length: 16 }, (_, i) => 7 + 9 * i),
    )
    const second = await load(dir, { cacheDir })
    expect(second.pixels[4 * 16]).toBe(7)
    expect(first.pixels[4 * 16]).toBe(60)
  })

  it("notices a changed file of the same name, length and time", async () => {
    const [dir, cacheDir] = [await small(), await tempFolder()]
    await load(dir, { cacheDir })
    const file = path.join(dir, "val/fractured/e.png")
    const before = await stat(file)
    await writeFile(file, await grayPng(61))
    await utimes(file, before.atime, before.mtime)
    expect((await stat(file)).size).toBe(before.size)
    expect((await load(dir, { cacheDir })).pixels[4 * 16]).toBe(61)
  })

  it("is no error where it cannot be written", async () => {
    const file = path.join(await tempFolder({ file: "x" }), "file")
    expect((await load(await small(), { cacheDir: file })).files).toHaveLength(6)
  })

  it("is in CNN_CACHE unless told otherwise", async () => {
    const cacheDir = await tempFolder()
    const before = process.env.CNN_CACHE
    process.env.CNN_CACHE = cacheDir
    try {
      await load(await small(), { cacheDir: undefined })
    } finally {
      if (before === undefined) delete process.env.CNN_CACHE
      else process.env.CNN_CACHE = before
    }
    expect(await entries(cacheDir)).toHaveLength(1)
    await rm(cacheDir, { recursive: true })
  })
})

const shared = fileURLToPath(new URL("../../../shared/xray", import.meta.url))
describe.skipIf(!existsSync(shared))("real radiographs", () => {
  it("wrist: two classes, grouped by groups.csv", async () => {
    const data = await load(path.join(shared, "wrist"), { size: 32 })
    expect(data.classes).toEqual(["not_fractured", "fractured"])
    expect([data.labels.filter((l) => l === 0).length, data.labels.filter((l) => l === 1).length]).toEqual([67, 120])
    expect(data.skipped).toEqual([])
    expect(data.grouping).toMatch(/^187 images in \d+ groups, from .*groups\.csv\.$/)
  })
})
