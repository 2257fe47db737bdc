import { execFile } from "node:child_process"
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import os from "node:os"
import path from "node:path"
import { promisify } from "node:util"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { findArchive, unpackSoftware } from "../../src/gpu/software.ts"

const archive = findArchive() ?? ""
const LIBRARY = "libvk_swiftshader.so"
const FILES = [LIBRARY, "libvulkan.so.1", "manifest.json", "vk_swiftshader_icd.json"]

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "cnn-test-"))
  vi.stubEnv("CNN_CACHE", path.join(folder, "cache"))
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

// The package holds code for Linux x64; elsewhere the platform's own drivers serve.
describe.skipIf(!archive)("the SwiftShader cache", () => {
  it("is filled once", async () => {
    const first = await unpackSoftware(archive)
    const inode = statSync(first.loader).ino
    expect(readdirSync(path.dirname(first.driver)).sort()).toEqual(FILES)
    expect(await unpackSoftware(archive)).toEqual(first)
    expect(statSync(first.loader).ino).toBe(inode)
  })

  it.each([
    ["a library cut short", LIBRARY, (bytes: Buffer) => bytes.subarray(0, 100_000)],
    ["a flipped bit at the same size", LIBRARY, (bytes: Buffer) => flipped(bytes, 1_000_000)],
    ["a damaged loader", "libvulkan.so.1", (bytes: Buffer) => flipped(bytes, 0)],
    ["a half-written manifest", "manifest.json", (bytes: Buffer) => bytes.subarray(0, 40)],
    ["an empty driver file", "vk_swiftshader_icd.json", () => Buffer.alloc(0)],
  ])("heals %s", async (_, name, damage) => {
    const file = path.join(path.dirname((await unpackSoftware(archive)).driver), name)
    const whole = readFileSync(file)
    writeFileSync(file, damage(Buffer.from(whole)))
    await unpackSoftware(archive)
    expect(readFileSync(file).equals(whole)).toBe(true)
    expect(readdirSync(path.dirname(file)).sort()).toEqual(FILES)
  })

  it("heals a missing file", async () => {
    const { driver } = await unpackSoftware(archive)
    rmSync(path.join(path.dirname(driver), LIBRARY))
    await unpackSoftware(archive)
    expect(readdirSync(path.dirname(driver)).sort()).toEqual(FILES)
  })

  it("is filled by several processes at once, each of which then computes on it", async () => {
    const source = new URL("../../dist/src/tensor/tensor_gpu.js", import.meta.url).href
    const script = `
      const { openGpu } = await import(${JSON.stringify(source)})
      const gpu = await openGpu({ adapter: "swiftshader" })
      console.log(Array.from(await gpu.ones([3]).read()).join())
      gpu.close()`
    const run = () => promisify(execFile)(process.execPath, ["--input-type=module", "-e", script])
    const outputs = await Promise.all([run(), run(), run()])
    expect(outputs.map(({ stdout }) => stdout)).toEqual(Array(3).fill("1,1,1\n"))
    const [unpacked] = readdirSync(path.join(folder, "cache"))
    expect(readdirSync(path.join(folder, "cache", unpacked)).sort()).toEqual(FILES)
  })

  it("names the folder given by CNN_CACHE where that cannot be written, and uses no other", async () => {
    const file = path.join(folder, "file")
    writeFileSync(file, "")
    vi.stubEnv("CNN_CACHE", path.join(file, "cache"))
    await expect(unpackSoftware(archive)).rejects.toThrow(
      /set CNN_CACHE to a folder that can be written[\s\S]*file\/cache/,
    )
  })

  it("lies in the temporary folder where the home cannot be written", async () => {
    const { driver } = await unpackBesideBrokenHome()
    expect(driver.startsWith(path.join(folder, "tmp"))).toBe(true)
  })

  it("does not trust a temporary folder that others can write to", async () => {
    const { driver } = await unpackBesideBrokenHome()
    const root = path.dirname(path.dirname(driver))
    chmodSync(root, 0o777)
    await expect(unpackSoftware(archive)).rejects.toThrow(/others can write to it/)
  })

  it("says which archive is damaged and how to get it again", async () => {
    const damaged = path.join(folder, "swiftshader.tar.br")
    writeFileSync(damaged, readFileSync(archive).subarray(0, 1000))
    await expect(unpackSoftware(damaged)).rejects.toThrow(`${damaged} is damaged`)
    await expect(unpackSoftware(damaged)).rejects.toThrow("npm install @sparticuz/chromium@147.0.0")
  })
})

/** A home whose cache folder is a file, and a temporary folder of its own. */
async function unpackBesideBrokenHome() {
  writeFileSync(path.join(folder, "home"), "")
  mkdirSync(path.join(folder, "tmp"), { recursive: true })
  vi.stubEnv("CNN_CACHE", "")
  vi.stubEnv("XDG_CACHE_HOME", path.join(folder, "home"))
  vi.stubEnv("TMPDIR", path.join(folder, "tmp"))
  return unpackSoftware(archive)
}

function flipped(bytes: Buffer, at: number): Buffer {
  bytes[at] ^= 1
  return bytes
}
