import { mkdir, symlink, writeFile } from "node:fs/promises"
import path from "node:path"
import { expect, it } from "vitest"
import { findImages } from "../../src/data/walk.ts"
import { tempFolder } from "../support/temp_folder.ts"

it("finds images of every readable kind, sorted by code unit, and passes over the rest", async () => {
  const names = ["b/2.PNG", "a/1.jpeg", "a/10.jpg", "a/9.webp", "Z/1.tif", "a/ü (x).TIFF", "a/x.gif"]
  const others = [
    "README.txt",
    "groups.csv",
    ".DS_Store",
    "a/Thumbs.db",
    "a/._1.jpg",
    ".git/1.png",
    "__MACOSX/a/1.png",
    "a/noext",
  ]
  const dir = await tempFolder(Object.fromEntries([...names, ...others].map((name) => [name, "x"])))
  const { files, skipped } = await findImages(dir)
  expect(files).toEqual(["Z/1.tif", "a/1.jpeg", "a/10.jpg", "a/9.webp", "a/x.gif", "a/ü (x).TIFF", "b/2.PNG"])
  expect(skipped).toEqual([])
})

it("names images of kinds that cannot be read", async () => {
  const { files, skipped } = await findImages(await tempFolder({ "a/1.heic": "x", "a/2.bmp": "x" }))
  expect(files).toEqual([])
  expect(skipped).toEqual([
    { file: "a/1.heic", reason: "HEIC cannot be read: convert it to PNG" },
    { file: "a/2.bmp", reason: "BMP cannot be read: convert it to PNG" },
  ])
})

it.skipIf(process.platform === "win32")("follows links inside the folder only, and no loop", async () => {
  const outside = await tempFolder({ "secret/1.png": "x", "2.png": "x" })
  const dir = await tempFolder({ "a/1.png": "x" })
  await symlink(path.join(outside, "secret"), path.join(dir, "folder"))
  await symlink(path.join(outside, "2.png"), path.join(dir, "a/2.png"))
  await symlink("nowhere.png", path.join(dir, "a/3.png"))
  await symlink("1.png", path.join(dir, "a/4.png"))
  await symlink(dir, path.join(dir, "a/loop"))
  const { files, skipped } = await findImages(dir)
  expect(files).toEqual(["a/1.png", "a/4.png"])
  expect(skipped.map(({ file }) => file)).toEqual(["a/2.png", "a/3.png", "folder"])
  expect(skipped[0].reason).toMatch(/leads outside/)
  expect(skipped[1].reason).toMatch(/leads nowhere/)
  expect(skipped[2].reason).toMatch(/leads outside/)
})

it.skipIf(process.platform === "win32")("takes a data folder that is itself a link", async () => {
  const real = await tempFolder({ "a/1.png": "x" })
  const dir = path.join(await tempFolder(), "link")
  await symlink(real, dir)
  expect((await findImages(dir)).files).toEqual(["a/1.png"])
})

it("refuses what is no folder", async () => {
  const dir = await tempFolder()
  await writeFile(path.join(dir, "file"), "x")
  await expect(findImages(path.join(dir, "none"))).rejects.toThrow(/none: no such folder/)
  await expect(findImages(path.join(dir, "file"))).rejects.toThrow(/file: is a file; expected a folder/)
})

it("takes DICOM by its name, and without an extension by its first bytes", async () => {
  const magic = `${"\0".repeat(128)}DICM`
  const dicom = ["a/1.dcm", "a/2.DICOM", "a/IM0001", "a/1.2.840.113619.2"]
  const others = { "a/noext": "x", "a/LICENSE": "y".repeat(200), DICOMDIR: magic, "a/notes.txt": magic }
  const dir = await tempFolder({ ...Object.fromEntries(dicom.map((name) => [name, magic])), ...others })
  expect(await findImages(dir)).toMatchObject({ files: [...dicom].sort(), skipped: [] })
})

it.runIf(process.platform === "linux")(
  "names files and folders whose names are not UTF-8, with what to do",
  async () => {
    const dir = await tempFolder({ "a/1.png": "x", "a/\ufffd.png": "x", "b/2.png": "x" })
    const bytes = (name: string) => Buffer.concat([Buffer.from(`${dir}/`), Buffer.from(name, "latin1")])
    await writeFile(bytes("a/M\xfcller 1.png"), "x")
    await writeFile(bytes("b/\xe9.dcm"), "x")
    await mkdir(bytes("caf\xe9"))
    await writeFile(bytes("caf\xe9/1.png"), "x")
    await symlink("1.png", bytes("a/l\xefnk.png"))
    const { files, skipped } = await findImages(dir)
    expect(files).toEqual(["a/1.png", "a/\ufffd.png", "b/2.png"])
    expect(skipped.map(({ file }) => file)).toEqual([
      "a/M\ufffdller 1.png",
      "a/l\ufffdnk.png",
      "b/\ufffd.dcm",
      "caf\ufffd",
    ])
    for (const { reason } of skipped) expect(reason).toMatch(/the name is not UTF-8: rename it, .*convmv/)
  },
)
