import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import os from "node:os"
import path from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { driverFiles, driverLibrary, isSoftwareDriver, loadLibrary, withDrivers } from "../../src/gpu/vulkan.ts"

let folder: string
beforeEach(() => (folder = mkdtempSync(path.join(os.tmpdir(), "cnn-test-"))))
afterEach(() => rmSync(folder, { recursive: true }))

function driver(...parts: string[]): string {
  const file = path.join(folder, ...parts)
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, JSON.stringify({ ICD: { library_path: "libx.so", api_version: "1.3.0" } }))
  return file
}

describe("the driver files", () => {
  it("are those in the data and configuration folders, sorted within each, and no other file", () => {
    const b = driver("data/vulkan/icd.d/b.json")
    const a = driver("data/vulkan/icd.d/a.json")
    const first = driver("config/vulkan/icd.d/z.json")
    driver("data/vulkan/icd.d/readme.txt")
    const env = { XDG_DATA_DIRS: path.join(folder, "data"), XDG_CONFIG_HOME: path.join(folder, "config") }
    expect(driverFiles(env).filter((file) => file.startsWith(folder))).toEqual([first, a, b])
  })

  it("are only those of VK_DRIVER_FILES, a list of files and folders, where that is set", () => {
    const one = driver("one.json")
    const two = driver("many/two.json")
    const missing = path.join(folder, "missing.json")
    const VK_DRIVER_FILES = [one, missing, path.join(folder, "many")].join(path.delimiter)
    expect(driverFiles({ VK_DRIVER_FILES, VK_ICD_FILENAMES: "ignored" })).toEqual([one, two])
    expect(driverFiles({ VK_ICD_FILENAMES: one })).toEqual([one])
  })

  it("name their library, and tell by their name whether they compute on the processor", () => {
    expect(driverLibrary(driver("x.json"))).toBe("libx.so")
    const files = ["lvp_icd.x86_64.json", "vk_swiftshader_icd.json", "radeon_icd.x86_64.json", "nvidia_icd.json"]
    expect(files.map(isSoftwareDriver)).toEqual([true, true, false, false])
    expect(isSoftwareDriver("/home/swiftshader/nvidia_icd.json")).toBe(false)
  })
})

describe("withDrivers", () => {
  it("confines the loader while the body runs, also where that throws", async () => {
    const seen = () => [process.env.VK_DRIVER_FILES, process.env.VK_ICD_FILENAMES]
    const before = seen()
    expect(await withDrivers(["/a", "/b"], async () => seen())).toEqual(["/a:/b", "/a:/b"])
    await expect(withDrivers(["/a"], () => Promise.reject(new Error("failed")))).rejects.toThrow("failed")
    expect(seen()).toEqual(before)
  })
})

describe.skipIf(process.platform !== "linux")("loadLibrary", () => {
  it("gives the linker's reason for what does not load, and none for a library that is no addon", () => {
    expect(loadLibrary(path.join(folder, "none.so"))).toMatch(/none\.so: cannot open shared object file/)
    expect(loadLibrary("libm.so.6")).toBeUndefined()
  })
})
