import { chmod, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises"
import path from "node:path"
import { describe, expect, it } from "vitest"
import { Packs } from "../../src/files/packs.ts"
import { sha256 } from "../../src/files/sha256.ts"
import { tempFolder } from "../support/temp_folder.ts"

const LENGTH = 16
const RECORD = 64 + LENGTH
const NAMES = ["a", "b", "c", "d"].map((text) => sha256(text))
const content = (i: number) => Uint8Array.from({ length: LENGTH }, (_, k) => 50 * i + 3 * k)
const inFolder = (folder: string) => new Packs(folder, "key", LENGTH)

const files = async (folder: string) => (await readdir(folder)).map((name) => path.join(folder, name)).sort()

async function filled() {
  const folder = path.join(await tempFolder(), "packs")
  const packs = inFolder(folder)
  for (const [i, name] of NAMES.entries()) packs.set(name, content(i))
  const [file, ...others] = await files(folder)
  expect(others).toEqual([])
  return { folder, packs, file }
}

/** Which of the entries are found; each must be what was put in. */
async function found(packs: Packs): Promise<number[]> {
  const contents = await Promise.all(NAMES.map((name) => packs.get(name)))
  for (const [i, one] of contents.entries()) if (one) expect([...one]).toEqual([...content(i)])
  return [...NAMES.keys()].filter((i) => contents[i] !== undefined)
}

describe("Packs", () => {
  it("gives back what was stored under a name, in this process and the next, in one file", async () => {
    const { folder, packs } = await filled()
    expect(await found(packs)).toEqual([0, 1, 2, 3])
    expect(await found(inFolder(folder))).toEqual([0, 1, 2, 3])
    expect(await packs.get(sha256("another"))).toBeUndefined()
    const entry = inFolder(folder).entry(NAMES[2])!
    const read = new Uint8Array(LENGTH)
    await entry.read(read)
    expect([read, entry.readSync()]).toEqual([content(2), content(2)])
  })

  it("knows its own key and length alone", async () => {
    const { folder } = await filled()
    expect(await found(new Packs(folder, "other", LENGTH))).toEqual([])
    for (const length of [1, LENGTH - 1, LENGTH + 1, 10_000])
      expect(await new Packs(folder, "key", length).get(NAMES[0])).toBeUndefined()
  })

  it("notices every damaged byte of an entry, and still finds those around it", async () => {
    const { folder, file } = await filled()
    const good = await readFile(file)
    for (let i = RECORD; i < 2 * RECORD; i++) {
      const bad = Buffer.from(good)
      bad[i] ^= 1
      await writeFile(file, bad)
      expect(await found(inFolder(folder)), `byte ${i}`).toEqual([0, 2, 3])
    }
  })

  it("uses the whole records of a file that was cut off anywhere, and adds the others once", async () => {
    const { folder, file } = await filled()
    for (let bytes = 4 * RECORD - 1; bytes >= 0; bytes -= 13) {
      await truncate(file, bytes)
      const whole = Math.floor(bytes / RECORD)
      const packs = inFolder(folder)
      expect(await found(packs), `${bytes} bytes`).toEqual([0, 1, 2, 3].slice(0, whole))
      for (const [i, name] of NAMES.entries()) packs.set(name, content(i))
      const added = (await files(folder)).filter((one) => one !== file)
      expect(added).toHaveLength(1)
      expect((await stat(added[0])).size).toBe((4 - whole) * RECORD)
      expect(await found(inFolder(folder))).toEqual([0, 1, 2, 3])
      await rm(added[0])
    }
  })

  it("finds the whole one of two entries of a name", async () => {
    const { folder, file } = await filled()
    const bad = await readFile(file)
    bad[RECORD - 1] ^= 1
    await writeFile(file, bad)
    const packs = inFolder(folder)
    expect(await packs.get(NAMES[0])).toBeUndefined()
    packs.set(NAMES[0], content(0))
    expect(await found(packs)).toEqual([0, 1, 2, 3])
    expect(await found(inFolder(folder))).toEqual([0, 1, 2, 3])
  })

  it("is not disturbed by others that write at the same time", async () => {
    const folder = path.join(await tempFolder(), "packs")
    const writers = [inFolder(folder), inFolder(folder), inFolder(folder)]
    for (const [i, name] of NAMES.entries()) for (const one of writers) one.set(name, content(i))
    for (const one of [...writers, inFolder(folder)]) expect(await found(one)).toEqual([0, 1, 2, 3])
    expect(await files(folder)).toHaveLength(3)
  })

  it("can be read by its user alone", async () => {
    const { folder, file } = await filled()
    const modes = await Promise.all([folder, file].map(async (one) => (await stat(one)).mode & 0o777))
    if (process.platform !== "win32") expect(modes).toEqual([0o700, 0o600])
  })

  it("reads on from a file that another process removes, and says so if one is cut short", async () => {
    const { folder, file } = await filled()
    const packs = inFolder(folder)
    const entry = packs.entry(NAMES[3])!
    await rm(file)
    expect(entry.readSync()).toEqual(content(3))
    expect(await inFolder(folder).get(NAMES[3])).toBeUndefined()
    const other = await filled()
    const short = other.packs.entry(NAMES[3])!
    await truncate(other.file, 4 * RECORD - 1)
    expect(() => short.readSync()).toThrow(/\.pack: was cut short while it was in use\. Run the same command again/)
    await expect(short.read(new Uint8Array(LENGTH))).rejects.toThrow(/cut short/)
  })

  it("does nothing where it cannot write", async () => {
    const dir = await tempFolder({ file: "x" })
    const packs = inFolder(path.join(dir, "file"))
    packs.set(NAMES[0], content(0))
    expect(packs.entry(NAMES[0])).toBeUndefined()
    expect(await found(packs)).toEqual([])
    await chmod(dir, 0o500)
    inFolder(path.join(dir, "sub")).set(NAMES[0], content(0))
    await chmod(dir, 0o700)
  })
})
