import { chmod, readdir, readFile, stat, writeFile } from "node:fs/promises"
import path from "node:path"
import { describe, expect, it } from "vitest"
import { ImageCache } from "../../src/data/image_cache.ts"
import { sha256 } from "../../src/files/sha256.ts"
import { tempFolder } from "../support/temp_folder.ts"

const pixels = Uint8Array.from({ length: 16 }, (_, i) => i * 3)
const hash = sha256(Buffer.from("an image"))

async function onlyFile(dir: string): Promise<string> {
  const names = await readdir(dir, { recursive: true, withFileTypes: true })
  const files = names.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name))
  expect(files).toHaveLength(1)
  return files[0]
}

describe("ImageCache", () => {
  it("gives back what was stored for this content and size only", async () => {
    const cache = new ImageCache(await tempFolder())
    expect(await cache.get(hash, 4)).toBeUndefined()
    cache.set(hash, 4, pixels)
    expect(Buffer.from((await cache.get(hash, 4))!)).toEqual(Buffer.from(pixels))
    expect(await cache.get(hash, 8)).toBeUndefined()
    expect(await cache.get(sha256(Buffer.from("another")), 4)).toBeUndefined()
  })

  it("notices every damaged byte, a short and a long entry, and an entry under another's name", async () => {
    const dir = await tempFolder()
    const cache = new ImageCache(dir)
    cache.set(hash, 4, pixels)
    const file = await onlyFile(dir)
    const good = await readFile(file)
    for (let i = 0; i < good.length; i++) {
      const bad = Buffer.from(good)
      bad[i] ^= 1
      await writeFile(file, bad)
      expect(await cache.get(hash, 4), `byte ${i}`).toBeUndefined()
    }
    for (const bad of [good.subarray(0, -1), good.subarray(0, 0), Buffer.concat([good, good])]) {
      await writeFile(file, bad)
      expect(await cache.get(hash, 4)).toBeUndefined()
    }
    const twin = hash.slice(0, 2) + sha256(Buffer.from("twin")).slice(2)
    await writeFile(path.join(path.dirname(file), twin), good)
    expect(await cache.get(twin, 4)).toBeUndefined()
    cache.set(hash, 4, pixels)
    expect(await cache.get(hash, 4)).toBeDefined()
  })

  it("leaves one whole file when many write at once, readable by its user only", async () => {
    const dir = await tempFolder()
    const cache = new ImageCache(dir)
    await Promise.all(Array.from({ length: 20 }, async () => cache.set(hash, 4, pixels)))
    const file = await onlyFile(dir)
    if (process.platform !== "win32") expect((await stat(file)).mode & 0o077).toBe(0)
    expect(await cache.get(hash, 4)).toBeDefined()
  })

  it("does nothing where it cannot write", async () => {
    const dir = await tempFolder({ file: "x" })
    const cache = new ImageCache(path.join(dir, "file"))
    cache.set(hash, 4, pixels)
    expect(await cache.get(hash, 4)).toBeUndefined()
    await chmod(dir, 0o500)
    new ImageCache(path.join(dir, "sub")).set(hash, 4, pixels)
    await chmod(dir, 0o700)
  })
})
