/**
 * Images that claim more than they hold, hold more than they show, or are none: a reason, in time,
 * in little memory.
 */
import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { symlink, writeFile } from "node:fs/promises"
import path from "node:path"
import { describe, expect, it } from "vitest"
import { findGroups } from "../../src/data/groups.ts"
import { loadFolder } from "../../src/data/load.ts"
import { decodeImage } from "../../src/data/read_image.ts"
import { findImages } from "../../src/data/walk.ts"
import { fileInside, staysInside } from "../../src/files/inside.ts"
import { largestWebp, lyingHeaders, sampleImages } from "../support/hostile_images.ts"
import { runFile } from "../support/run_script.ts"
import { grayPng, tempFolder } from "../support/temp_folder.ts"

const samples = await sampleImages()

describe("headers that lie", () => {
  it.each(Object.entries(lyingHeaders(samples)))("%s: refused at once", async (_, bytes) => {
    const started = performance.now()
    await expect(decodeImage(bytes, 16)).rejects.toThrow(/more than 100 megapixels|65535 pixels on a side|damaged/)
    expect(performance.now() - started).toBeLessThan(10_000)
  })

  it("a WebP of 16,383 x 16,383 pixels in 38 bytes is refused by its header", async () => {
    // Made whole it would take 2 GiB; of a small one the size is raised.
    const bytes = await largestWebp(64)
    expect(bytes.length).toBeLessThan(64)
    const at = bytes.indexOf("VP8L") + 9
    bytes.writeUInt32LE((bytes.readUInt32LE(at) & 0xf0000000) | 0x0fffbffe, at)
    await expect(decodeImage(bytes, 16)).rejects.toThrow(/more than 100 megapixels/)
  })

  it.each([
    ["SVG", '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"],
    ["PDF", "%PDF-1.7\n", "PDF"],
    ["HEIF", "\0\0\0\x18ftypheic\0\0\0\0", "HEIF or AVIF"],
  ])("%s under the name of a PNG is told", async (_, text, kind) => {
    await expect(decodeImage(Buffer.from(text, "latin1"), 16)).rejects.toThrow(`is a ${kind} file`)
  })
})

describe("a folder of images that unpack to 99 megapixels each", () => {
  it("takes less than 1 GiB: they are decoded one after another", async () => {
    const bomb = await largestWebp(9_950)
    expect(bomb.length).toBeLessThan(100)
    const folder = await tempFolder({ "a.webp": bomb })
    const { stdout } = await runFile("support/decode_process.mjs", [path.join(folder, "a.webp"), "2"], [], 110_000)
    const { images, mebibytes } = JSON.parse(stdout)
    expect(images).toBe(2)
    expect(mebibytes).toBeLessThan(1024)
  })
})

describe("what leads out of a folder", () => {
  it("are names with .. in them, absolute ones, and empty ones", () => {
    const out = ["../a", "a/../../b", "/etc/passwd", "C:\\a", "c:a", "\\\\host\\a", "..\\a", "", "a\0.png", "a/.."]
    expect(out.filter(staysInside)).toEqual([])
    expect(["a.png", "a/b.png", "..a/b..png", "a..b", "=1/<img>.png"].filter((name) => !staysInside(name))).toEqual([])
  })

  it("are links, which are named and not followed", async () => {
    const outside = await tempFolder({ "secret.png": await grayPng(7), "groups.csv": "file,group\na/x.png,secret\n" })
    const dir = await tempFolder({ "a/x.png": await grayPng(1), "b/y.png": await grayPng(2) })
    await symlink(path.join(outside, "secret.png"), path.join(dir, "a/z.png"))
    await symlink(outside, path.join(dir, "b/more"))
    await symlink(path.join(outside, "groups.csv"), path.join(dir, "groups.csv"))
    const { files, skipped } = await findImages(dir)
    expect(files).toEqual(["a/x.png", "b/y.png"])
    expect(skipped.map(({ file }) => file)).toEqual(["a/z.png", "b/more", "groups.csv"])
    await expect(findGroups(dir, files)).rejects.toThrow(/groups\.csv: a symbolic link that leads outside/)
    await expect(fileInside(dir, "a/z.png")).rejects.toThrow(/leads outside/)
    await expect(fileInside(dir, "../x")).rejects.toThrow()
    expect(await fileInside(dir, "a/x.png")).toBe(path.join(dir, "a/x.png"))
  })

  it.skipIf(process.platform === "win32")("a pipe is not waited for", async () => {
    const dir = await tempFolder({ "a/x.png": await grayPng(1), "b/y.png": await grayPng(2) })
    execFileSync("mkfifo", [path.join(dir, "a/pipe.png"), path.join(dir, "groups.csv")])
    await symlink("pipe.png", path.join(dir, "a/link.png"))
    expect((await findImages(dir)).files).toEqual(["a/x.png", "b/y.png"])
    const load = loadFolder(dir, { size: 8, cacheDir: false, positive: "a" })
    await expect(load).rejects.toThrow(/groups\.csv: is no plain file; expected groups as CSV/)
  })

  it("groups.csv may name what it likes: only images of the folder are used", async () => {
    const dir = await tempFolder({ "a/x.png": await grayPng(1), "b/y.png": await grayPng(2) })
    const csv = "file,group\na/x.png,1\nb/y.png,2\n../../etc/passwd,3\n/etc/hosts,3\n__proto__,constructor\n"
    await writeFile(path.join(dir, "groups.csv"), csv)
    const data = await loadFolder(dir, { size: 8, cacheDir: false, positive: "a" })
    expect(data.groups).toEqual(["1", "2"])
    expect(data.grouping).toContain("3 lines of it name no image")
    expect(readFileSync(path.join(dir, "groups.csv"), "utf8")).toBe(csv)
  })
})
