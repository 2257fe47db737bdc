import { mkdir, symlink, writeFile } from "node:fs/promises"
import path from "node:path"
import { expect, it } from "vitest"
import { besideText } from "../../src/data/beside.ts"
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

/** The first bytes of files of kinds that are read. */
const HEADS = { PNG: "\x89PNG\r\n\x1a\n", JPEG: "\xff\xd8\xff\xe0", TIFF: "II*\0", WebP: "RIFF1234WEBP", GIF: "GIF89a", DICOM: `${"\0".repeat(128)}DICM` } // biome-ignore format: a table

it.each(Object.entries(HEADS))("reads %s by its content, whatever its name ends in", async (_, head) => {
  const names = ["a/IM0001", "a/im2.IMA", "a/im3.img", "a/im4.dat", "a/im5.jpg_", "a/im6.bmp", "a/notes.txt"]
  const bytes = Buffer.from(head, "latin1")
  const dir = await tempFolder(Object.fromEntries(names.map((name) => [name, bytes])))
  expect(await findImages(dir)).toMatchObject({ files: names, skipped: [], beside: [] })
})

it("names every file that might be an image and cannot be read", async () => {
  const latin1 = (text: string) => Buffer.from(text, "latin1")
  const dir = await tempFolder({
    "a/im1.jxl": latin1(`\xff\n${"\0".repeat(50)}`),
    "a/im2.pgm": latin1("P5\n96 96\n255\n\0\x01"),
    "a/im3": latin1("P2\n# by hand\n4 4\n255\n1 2 3"),
    "a/im4.j2c": latin1("\xff\x4f\xff\x51\0"),
    "a/im5.nii": latin1("\x5c\x01\0\0\0\0"),
    "a/im6.raw": latin1("\0\x01\x02\x03\0\x05"),
    "a/im7": "",
    "a/scan.pdf": "%PDF-1.7",
    "a/drawing.svg": "<svg></svg>",
    "a/.im8.png.part": latin1(HEADS.PNG),
  })
  const { files, skipped, beside } = await findImages(dir)
  expect([files, beside]).toEqual([[], []])
  const none = "not an image: its content is none of PNG, JPEG, WebP, TIFF, GIF, DICOM"
  const convert = (kind: string) => `${kind} cannot be read: convert it to PNG`
  expect(Object.fromEntries(skipped.map(({ file, reason }) => [file, reason]))).toEqual({
    "a/im1.jxl": convert("JPEG XL"),
    "a/im2.pgm": convert("PNM"),
    "a/im3": convert("PNM"),
    "a/im4.j2c": convert("JPEG 2000"),
    "a/im5.nii": convert("NIfTI"),
    "a/im6.raw": none,
    "a/im7": "the file is empty",
    "a/scan.pdf": "not an image: PDF file",
    "a/drawing.svg": "not an image: SVG file",
    "a/.im8.png.part": "hidden file with an image in it: rename it to use it",
  })
})

it("passes over what systems, people and this program leave beside images, and says what", async () => {
  const binary = Buffer.from("\0\x05\x16\x07\0\x02\0\0")
  const run = JSON.stringify({ command: [], train: {}, source: {}, data: {} })
  const comparison = JSON.stringify({ contenders: [], differences: [], config: {} })
  const dir = await tempFolder({
    "a/1.png": "x",
    ...Object.fromEntries(["a/._1.png", ".DS_Store", "a/Thumbs.db", "a/ehthumbs.db", "a/desktop.ini"].map((name) => [name, binary])),
    ...Object.fromEntries(["README", "groups.csv", "a/x.json", "a/notes.txt", "a/utf16.tsv"].map((name) => [name, "\xff\xfetext"])),
    ...{ "labels.xlsx": binary, "a/empty.txt": "", ".gitkeep": "" },
    ...{ "__MACOSX/a/._1.png": "x", "$RECYCLE.BIN/1.png": "x", "a/#recycle/1.png": "x" },
    ...{ "a/@eaDir/1.png/SYNOPHOTO_THUMB_M.png": "x", ".thumbnails/1.png": "x", "a/.@__thumb/1.png": "x" },
    ...{ ".git/1.png": "x", "a/.cache/1.png": "x", ".Trash-1000/1.png": "x" },
    ...{ "run/config.json": run, "run/heat/1.png": "x", "a/run/config.json": run, "a/run/1.png": "x" },
    ...{ "compared/comparison.json": comparison, "compared/1.png": "x", "b/config.json": "{}", "b/2.png": "x" },
  })
  const { files, skipped, beside } = await findImages(dir)
  expect([files, skipped]).toEqual([["a/1.png", "b/2.png"], []])
  const of = (kind: string) => beside.filter(({ reason }) => reason === kind).map(({ file }) => file)
  expect(of("file of the operating system")).toEqual([".DS_Store", "a/._1.png", "a/Thumbs.db", "a/desktop.ini", "a/ehthumbs.db"])
  expect(of("folder of the operating system")).toEqual(["$RECYCLE.BIN", "__MACOSX", "a/#recycle"])
  expect(of("folder of thumbnails that another program made")).toEqual([".thumbnails", "a/.@__thumb", "a/@eaDir"])
  expect(of("hidden folder")).toEqual([".Trash-1000", ".git", "a/.cache"])
  expect(of("folder that this program wrote")).toEqual(["a/run", "compared", "run"])
  expect(of("hidden file")).toEqual([".gitkeep"])
  expect(of("document or table")).toEqual(["labels.xlsx"])
  const text = ["README", "a/empty.txt", "a/notes.txt", "a/utf16.tsv", "a/x.json", "b/config.json", "groups.csv"]
  expect(of("text or table")).toEqual(text)
  expect(besideText(beside)).toMatch(/^7 texts or tables \(README, a\/empty\.txt, a\/notes\.txt, \.\.\.\); 5 files of the operating system/)
}) // biome-ignore format: tables

it("takes DICOM by its name, and without an extension by its first bytes", async () => {
  const magic = `${"\0".repeat(128)}DICM`
  const dicom = ["a/1.dcm", "a/2.DICOM", "a/IM0001", "a/1.2.840.113619.2"]
  const others = { "a/noext": "x", "a/LICENSE": "y".repeat(200), DICOMDIR: magic }
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
