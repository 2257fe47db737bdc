/** Where the cache folder lies, by system and surroundings; and that caches only cost time. */
import { execFile } from "node:child_process"
import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs"
import path from "node:path"
import { promisify } from "node:util"
import { afterEach, describe, expect, it, vi } from "vitest"
import {
  cacheFolder,
  cacheFolders,
  findCacheFolder,
  type Machine,
  makeCacheFolder,
} from "../../src/files/cache_folder.ts"
import { readCached, writeCached } from "../../src/files/cached_file.ts"
import { tempFolder } from "../support/temp_folder.ts"

const linux: Machine = { env: {}, platform: "linux", home: "/home/ada", temporary: "/tmp", user: 7 }
const mac: Machine = { ...linux, platform: "darwin", home: "/Users/ada", temporary: "/var/folders/T" }
const windows: Machine = { env: {}, platform: "win32", home: "C:\\Users\\ada", temporary: "C:\\Temp" }

describe("the folders that may serve as cache", () => {
  it.each<[string, Machine, string[]]>([
    ["linux", linux, ["/home/ada/.cache/cnn", "/tmp/cnn-7"]],
    ["darwin", mac, ["/Users/ada/Library/Caches/cnn", "/var/folders/T/cnn-7"]],
    ["win32", windows, ["C:\\Users\\ada\\AppData\\Local\\cnn\\cache", "C:\\Temp\\cnn-user"]],
    [
      "win32 with LOCALAPPDATA",
      { ...windows, env: { LOCALAPPDATA: "D:\\l" } },
      ["D:\\l\\cnn\\cache", "C:\\Temp\\cnn-user"],
    ],
    ["XDG_CACHE_HOME", { ...linux, env: { XDG_CACHE_HOME: "/x" } }, ["/x/cnn", "/tmp/cnn-7"]],
    ["XDG_CACHE_HOME on darwin", { ...mac, env: { XDG_CACHE_HOME: "/x" } }, ["/x/cnn", "/var/folders/T/cnn-7"]],
    ["a relative XDG_CACHE_HOME", { ...linux, env: { XDG_CACHE_HOME: "x" } }, ["/home/ada/.cache/cnn", "/tmp/cnn-7"]],
    ["CNN_CACHE, which allows no other", { ...linux, env: { CNN_CACHE: "/c", XDG_CACHE_HOME: "/x" } }, ["/c"]],
    ["CNN_CACHE on win32", { ...windows, env: { CNN_CACHE: "D:\\c" } }, ["D:\\c"]],
    ["an empty CNN_CACHE", { ...linux, env: { CNN_CACHE: "" } }, ["/home/ada/.cache/cnn", "/tmp/cnn-7"]],
    ["no home on linux", { ...linux, home: undefined }, ["/tmp/cnn-7"]],
    ["no home on darwin", { ...mac, home: undefined }, ["/var/folders/T/cnn-7"]],
    ["no home on win32", { ...windows, home: undefined }, ["C:\\Temp\\cnn-user"]],
    [
      "no home, but XDG_CACHE_HOME",
      { ...linux, home: undefined, env: { XDG_CACHE_HOME: "/x" } },
      ["/x/cnn", "/tmp/cnn-7"],
    ],
  ])("%s", (_, machine, folders) => {
    expect(cacheFolders(machine)).toEqual(folders)
  })
})

describe("the cache folder", () => {
  afterEach(() => void vi.unstubAllEnvs())

  /** A user whose own cache folder cannot be made, and the temporary folder. */
  async function brokenHome(): Promise<string> {
    const folder = await tempFolder({ file: "" })
    mkdirSync(path.join(folder, "tmp"))
    vi.stubEnv("CNN_CACHE", "")
    vi.stubEnv("XDG_CACHE_HOME", path.join(folder, "file"))
    vi.stubEnv("TMPDIR", path.join(folder, "tmp"))
    return path.join(folder, "tmp", `cnn-${process.getuid?.() ?? "user"}`)
  }

  it("is made, for its user alone", async () => {
    const folder = path.join(await tempFolder(), "above", "cache")
    vi.stubEnv("CNN_CACHE", folder)
    expect(cacheFolder()).toBe(folder)
    if (process.platform !== "win32") expect(statSync(folder).mode & 0o077).toBe(0)
  })

  it("is in the temporary folder where the user's own cannot be made", async () => {
    const folder = await brokenHome()
    expect(findCacheFolder()).toEqual({ folder, refused: [expect.stringMatching(/file.*is in the way/)] })
  })

  it("is none where others can write to the one in the temporary folder", async () => {
    const folder = await brokenHome()
    mkdirSync(folder)
    chmodSync(folder, 0o777)
    expect(cacheFolder()).toBeUndefined()
    expect(findCacheFolder().refused[1]).toBe(`${folder}: belongs to another user, or others can write to it`)
  })

  it("is not another user's in the temporary folder", async () => {
    const temporary = await tempFolder()
    const machine: Machine = { env: {}, platform: process.platform, temporary, user: 1 + (process.getuid?.() ?? 0) }
    const [folder] = cacheFolders(machine)
    expect(() => makeCacheFolder(folder, machine)).toThrow("belongs to another user")
  })

  it.skipIf(process.platform !== "linux")("is none, at once, where the kernel takes no folder", async () => {
    for (const folder of ["/proc/nowhere", "/dev/null/x", "/proc/self/fd/0/x"]) {
      vi.stubEnv("CNN_CACHE", folder)
      expect(cacheFolder(), folder).toBeUndefined()
      expect(findCacheFolder().refused[0]).toContain(folder)
    }
  })

  // A user number without an entry in /etc/passwd has no home: only root can become one.
  it.skipIf(process.getuid?.() !== 0)("is found by a user without a home", async () => {
    const script = `
      const { cacheFolders, homeFolder } = await import(${JSON.stringify(new URL("../../dist/src/files/cache_folder.js", import.meta.url))})
      process.setgroups([]); process.setgid(54321); process.setuid(54321)
      console.log(JSON.stringify([homeFolder() ?? null, cacheFolders()]))`
    const env = { PATH: process.env.PATH, TMPDIR: "/tmp" }
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], { env })
    expect(JSON.parse(stdout)).toEqual([null, ["/tmp/cnn-54321"]])
  })
})

describe("a file of the cache", () => {
  it("is read back under its key only, and whole", async () => {
    const file = path.join(await tempFolder(), "a", "entry")
    writeCached(file, "key", "content")
    expect((await readCached(file, "key"))?.toString()).toBe("content")
    expect(await readCached(file, "another key")).toBeUndefined()
    expect(readdirSync(path.dirname(file))).toEqual(["entry"])
    writeFileSync(file, "short")
    expect(await readCached(file, "key")).toBeUndefined()
  })

  it("is not written where a file is in the way of its folder, and nothing is thrown", async () => {
    const folder = await tempFolder({ file: "" })
    writeCached(path.join(folder, "file", "entry"), "key", "content")
    expect(readdirSync(folder)).toEqual(["file"])
  })

  // Every write to a full disk fails, as one beyond the limit of a file's size does.
  it.skipIf(process.platform !== "linux")("leaves no part where the disk is full", async () => {
    const folder = await tempFolder()
    const script = `
      process.on("SIGXFSZ", () => {})
      const { writeCached } = await import(${JSON.stringify(new URL("../../dist/src/files/cached_file.js", import.meta.url))})
      const { writeWhole } = await import(${JSON.stringify(new URL("../../dist/src/files/write_whole.js", import.meta.url))})
      writeCached(${JSON.stringify(path.join(folder, "entry"))}, "key", "x".repeat(100_000))
      try { writeWhole(${JSON.stringify(path.join(folder, "result"))}, "x".repeat(100_000)) } catch (error) { console.log(error.message) }`
    const limited = ["-c", `ulimit -f 1; exec ${process.execPath} --input-type=module -e "$0"`, script]
    const { stdout } = await promisify(execFile)("bash", limited)
    expect(stdout).toContain("result: cannot be written: the file would be larger than is allowed here (EFBIG)")
    expect(readdirSync(folder)).toEqual([])
  })
})
