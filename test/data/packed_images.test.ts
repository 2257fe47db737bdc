/** A set that is read from the cache batch by batch is the set in memory, bit for bit. */
import { copyFile, readdir, readFile, rm, writeFile } from "node:fs/promises"
import path from "node:path"
import sharp from "sharp"
import { describe, expect, it } from "vitest"
import { pixels as grays } from "../../src/classic/features.ts"
import type { Dataset } from "../../src/data/dataset.ts"
import { loadFolder } from "../../src/data/load.ts"
import { PackedImages } from "../../src/data/packed_images.ts"
import { imageAt, imagesAt, readAhead, type StoredImages } from "../../src/data/pixels.ts"
import { subset } from "../../src/evaluate/subset.ts"
import { dataHash } from "../../src/run/data_source.ts"
import { normalisation } from "../../src/train/batches.ts"
import { crossValidate } from "../../src/train/cross_validation.ts"
import { defaultConfig } from "../../src/train/defaults.ts"
import { openForTests } from "../support/open.ts"
import { tempFolder } from "../support/temp_folder.ts"

/** Neither a power of two nor the images' own size. */
const SIZE = 17
const COUNT = 23

const picture = (i: number) =>
  sharp(
    Uint8Array.from({ length: 20 * 20 }, (_, k) => (k * (i + 3) * 37 + (k >> 3) * i * 11) % 251),
    {
      raw: { width: 20, height: 20, channels: 1 },
    },
  )
    .png()
    .toBuffer()

async function films(count = COUNT): Promise<string> {
  const names = Array.from({ length: count }, (_, i) => `${i % 2 ? "" : "not_"}fractured/${i}.png`)
  return tempFolder(Object.fromEntries(await Promise.all(names.map(async (name, i) => [name, await picture(i)]))))
}

const load = (dir: string, cacheDir: string | false, memory: number, size = SIZE) =>
  loadFolder(dir, { size, cacheDir, memory })

async function both(count?: number) {
  const [dir, cacheDir] = [await films(count), await tempFolder()]
  const stored = await load(dir, cacheDir, 0)
  expect(stored.pixels).toBeInstanceOf(PackedImages)
  return { dir, cacheDir, stored, inMemory: await load(dir, false, 0) }
}

const allOf = (data: Dataset) => imagesAt(data, [...data.files.keys()]).map((image) => [...image])

/** Without what says where its pixels are. */
const rest = ({ pixels: _, ...data }: Dataset) => data

describe("a set in the cache", () => {
  it("is the set in memory, when it is decoded and when it is found again", async () => {
    const { dir, cacheDir, stored, inMemory } = await both()
    expect(inMemory.pixels).toBeInstanceOf(Uint8Array)
    for (const data of [stored, await load(dir, cacheDir, 0), await load(dir, cacheDir, COUNT * SIZE ** 2 - 1)]) {
      expect(data.pixels).toBeInstanceOf(PackedImages)
      expect(rest(data)).toEqual(rest(inMemory))
      expect(allOf(data)).toEqual(allOf(inMemory))
    }
    expect((await load(dir, cacheDir, COUNT * SIZE ** 2)).pixels).toEqual(inMemory.pixels)
    expect(await readdir(cacheDir, { recursive: true })).toHaveLength(4)
  })

  it("has the hash, normalisation, features and subsets of the set in memory", async () => {
    const { stored, inMemory } = await both()
    expect(dataHash(stored)).toBe(dataHash(inMemory))
    const some = [1, 5, 22, 0]
    expect(normalisation(stored, some)).toEqual(normalisation(inMemory, some))
    expect(grays(stored)).toEqual(grays(inMemory))
    const [a, b] = [stored, inMemory].map((data) => subset(data, (file) => /[135]/.test(file)))
    expect(a.files.length).toBeGreaterThan(3)
    expect([rest(a), allOf(a)]).toEqual([rest(b), allOf(b)])
  })

  it("holds one image, and images that lie in several files once", async () => {
    const [dir, cacheDir] = [await films(1), await tempFolder()]
    const known = ["not_fractured", "fractured"]
    const one = await loadFolder(dir, { size: SIZE, cacheDir, memory: 0, known })
    expect(allOf(one)).toEqual(allOf(await loadFolder(dir, { size: SIZE, cacheDir: false, known })))
    for (const name of ["copy-1.png", "copy-2.png"])
      await copyFile(path.join(dir, "not_fractured/0.png"), path.join(dir, "not_fractured", name))
    const several = await loadFolder(dir, { size: SIZE, cacheDir, memory: 0, known })
    expect(allOf(several)).toEqual([...allOf(one), ...allOf(one), ...allOf(one)])
    const [pack] = (await readdir(cacheDir, { recursive: true })).filter((name) => name.endsWith(".pack"))
    expect(await readFile(path.join(cacheDir, pack))).toHaveLength(64 + SIZE ** 2)
  })

  it("decodes again what changed, what is damaged and what was cut off", async () => {
    const { dir, cacheDir, inMemory } = await both()
    const [name] = (await readdir(cacheDir, { recursive: true })).filter((name) => name.endsWith(".pack"))
    const pack = path.join(cacheDir, name)
    const bytes = await readFile(pack)
    bytes[300] ^= 1
    await writeFile(pack, bytes.subarray(0, -1000))
    expect(allOf(await load(dir, cacheDir, 0))).toEqual(allOf(inMemory))
    await writeFile(path.join(dir, "fractured/1.png"), await picture(77))
    const changed = await load(dir, cacheDir, 0)
    expect(allOf(changed)).toEqual(allOf(await load(dir, false, 0)))
    expect(allOf(changed)).not.toEqual(allOf(inMemory))
  })

  it("is in memory where the cache cannot be written", async () => {
    const { dir, inMemory } = await both()
    const file = path.join(await tempFolder({ file: "x" }), "file")
    expect(await load(dir, file, 0)).toEqual(inMemory)
  })

  it("trains, validates and tests to the same weights and predictions, with a smaller last batch", async () => {
    const gpu = await openForTests()
    const { cacheDir, stored, inMemory } = await both()
    await rm(cacheDir, { recursive: true })
    const config = { ...defaultConfig, folds: 2, epochs: 2, batch: 4, sampling: "balanced" as const }
    const [a, b] = [await crossValidate(gpu, stored, config), await crossValidate(gpu, inMemory, config)]
    const outcome = (results: typeof a) =>
      results.map(({ seconds: _, history, weights, ...result }) => ({
        ...result,
        history: history.map(({ imagesPerSecond: _, ...row }) => row),
        weights: [...weights].map(([name, { data }]) => [name, [...data]]),
      }))
    expect(outcome(a)).toEqual(outcome(b))
  })
})

describe("readAhead", () => {
  const batches = [[2, 0], [1], [0, 2, 1], [2]]

  /** Notes which batches are asked for, and ends each read when told. */
  function slow() {
    const asked: number[][] = []
    const end: (() => void)[] = []
    const pixels = {
      read: (indices: number[]) => {
        asked.push(indices)
        return new Promise((resolve) => end.push(() => resolve(indices.map((i) => Uint8Array.of(i)))))
      },
    } as unknown as StoredImages
    return { asked, end, data: { pixels, size: 1 } }
  }

  it("gives the batches in order, and reads one ahead of what was asked for", async () => {
    const { asked, end, data } = slow()
    const next = readAhead(data, batches)
    for (const [k, batch] of batches.entries()) {
      expect(asked).toEqual(batches.slice(0, k + 1))
      const images = next()
      end[k]()
      expect((await images).map(([value]) => value)).toEqual(batch)
    }
    expect(asked).toEqual([...batches, []])
  })

  it("reads an array in memory as it is when the images are asked for", async () => {
    const data = { pixels: Uint8Array.of(7, 8, 9), size: 1 }
    const next = readAhead(data, batches)
    data.pixels[0] = 5
    expect((await next()).map(([value]) => value)).toEqual([9, 5])
    expect(imageAt(data, 1)).toEqual(Uint8Array.of(8))
  })

  it("fails at the batch that cannot be read, and not where nobody asks for it", async () => {
    const pixels = {
      read: async ([index]: number[]) => {
        if (index === 1) throw new Error("gone")
        return [Uint8Array.of(index)]
      },
    } as unknown as StoredImages
    const next = readAhead({ pixels, size: 1 }, batches)
    expect(await next()).toEqual([Uint8Array.of(2)])
    await new Promise(setImmediate)
    await expect(next()).rejects.toThrow("gone")
  })
})
