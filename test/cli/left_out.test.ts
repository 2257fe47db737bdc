/**
 * What is left out of a folder is counted by reason in the run, the audit and the report; files are
 * read by their content.
 */
import { readFile } from "node:fs/promises"
import path from "node:path"
import sharp from "sharp"
import { expect, it } from "vitest"
import { phantomImage } from "../../src/data/phantom.ts"
import { cnn } from "../support/cli.ts"
import { dicomPicture } from "../support/dicom_files.ts"
import { tempFolder } from "../support/temp_folder.ts"

const SIDE = 48
const SMALL = ["--size", "16", "--epochs", "1", "--folds", "2", "--batch", "8", "--no-audit"]
const film = (index: number) =>
  phantomImage({ seed: 3, index, size: SIDE, fracture: index % 2 ? "transverse" : null }).pixels
const image = (pixels: Uint8Array) =>
  sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 1 } }).toColourspace("b-w")
const nameOf = (i: number) => `${i % 2 ? "fractured" : "normal"}/im${i}`
const mask = Uint8Array.from({ length: SIDE * SIDE }, (_, i) => (i % SIDE > 20 && i % SIDE < 30 ? 255 : 0))
const entries = async (count: number, file: (i: number) => Promise<[string, Uint8Array]>) =>
  Object.fromEntries(await Promise.all(Array.from({ length: count }, (_, i) => file(i))))

it("files without a known ending are trained on, audited, predicted and explained; others are named, and end --strict", async () => {
  const dir = await tempFolder({
    ...(await entries(12, async (i) => [`${nameOf(i)}.png`, await image(film(i)).png().toBuffer()])),
    "normal/im20": await image(film(20)).jpeg().toBuffer(),
    "normal/im22.img": await image(film(22)).png().toBuffer(),
    "fractured/im21.jpg_": await image(film(21)).jpeg().toBuffer(),
    "fractured/im23.jpg": await image(film(23)).png().toBuffer(),
    "fractured/im25.IMA": dicomPicture({ width: SIDE, height: SIDE, values: [...film(25)] }),
    "normal/im24.pgm": Buffer.concat([Buffer.from(`P5\n${SIDE} ${SIDE}\n255\n`), film(24)]),
    "fractured/im27.jxl": Buffer.from(`ff0a${"00".repeat(50)}`, "hex"),
    "fractured/im29.raw": Buffer.alloc(99, 1),
    "notes.txt": "by hand",
  })
  const run = path.join(await tempFolder(), "run")
  const trained = await cnn(["train", "--data", dir, ...SMALL, "--out", run])
  expect(trained.code).toBe(0)
  expect(trained.stdout).toMatch(/^Images .*: 8 normal, 9 fractured;/m)
  expect(trained.stdout).toMatch(/^Skipped +3 files: 2 of formats that are not read, 1 not an image$/m)
  expect(trained.stdout).toMatch(/^ +fractured\/im27\.jxl: JPEG XL cannot be read: convert it to PNG$/m)
  expect(trained.stdout).toMatch(/^Beside +not images: 1 text or table \(notes\.txt\)$/m)
  const report = await readFile(path.join(run, "report.html"), "utf8")
  expect(report).toContain("3 files: 2 of formats that are not read, 1 not an image")
  const config = JSON.parse(await readFile(path.join(run, "config.json"), "utf8"))
  expect(config.data.beside).toEqual([{ file: "notes.txt", reason: "text or table" }])

  const audited = await cnn(["audit", dir, "--out", await tempFolder()])
  expect(audited.stdout).toMatch(/Problem +3 files cannot be used \(2 of formats that are not read, 1 not an image\)/)
  const strict = await cnn(["train", "--data", dir, ...SMALL, "--strict"])
  expect(strict.code).toBe(1)
  expect(strict.stderr).toMatch(/3 files cannot be used, and --strict allows none:[\s\S]*im24\.pgm: PNM cannot be read/)

  const named = ["normal/im20", "normal/im22.img", "fractured/im21.jpg_", "fractured/im25.IMA"].map((one) => path.join(dir, one)) // biome-ignore format: a list
  const predicted = await cnn(["predict", run, ...named, "--json"])
  expect([predicted.code, predicted.stdout.match(/"probabilit/g)?.length]).toEqual([0, expect.any(Number)])
  const heat = path.join(await tempFolder(), "heat.png")
  expect((await cnn(["explain", run, named[1], "--out", heat])).code).toBe(0)
  const again = await cnn(["predict", run, heat])
  expect(again.stdout + again.stderr).toContain("heatmap that this program drew, no film")
  expect(again.code).not.toBe(0)
}, 180_000)

it("masks beside films are counted and named; --all-images keeps them, and a resumed run as well", async () => {
  const dir = await tempFolder({
    ...(await entries(16, async (i) => [`${nameOf(i)}.png`, await image(film(i)).png().toBuffer()])),
    ...(await entries(4, async (i) => [`${nameOf(i)}_mask.png`, await image(mask).png().toBuffer()])),
    "normal/@eaDir/im0.png": await image(film(0)).resize(20, 20).png().toBuffer(),
  })
  const out = await tempFolder()
  const run = await cnn(["train", "--data", dir, ...SMALL, "--out", path.join(out, "run")])
  expect(run.stdout).toMatch(/^Images .*: 8 normal, 8 fractured;/m)
  expect(run.stdout).toMatch(/^Skipped +5 files: 4 masks, 1 folder of thumbnails$/m)
  expect(run.stdout).toMatch(
    /^ +fractured\/im1_mask\.png: mask of fractured\/im1\.png \(2 gray values, named as one\)$/m,
  )
  expect(run.stdout).toMatch(/^ +If one of them is a film: --all-images keeps/m)
  expect(await readFile(path.join(out, "run/report.html"), "utf8")).toMatch(/No films, and left out: 4 masks \(/)
  const strict = await cnn(["train", "--data", dir, ...SMALL, "--strict"])
  expect(strict.stderr).toMatch(/5 files cannot be used[\s\S]*@eaDir: folder of thumbnails that another program made/)
  const kept = await cnn(["train", "--data", dir, ...SMALL, "--all-images", "--out", path.join(out, "all")])
  expect(kept.stdout).toMatch(/^Images .*: 10 normal, 10 fractured;/m)
  const config = JSON.parse(await readFile(path.join(out, "all/config.json"), "utf8"))
  expect(config.source.allImages).toBe(true)
}, 180_000)

it("a flat folder is told how labels are given", async () => {
  const names = ["0001_1297860395_01_WRI-L1_M014.png", "0002_0354485735_01_WRI-R1_F012.png", "0003_1.png"]
  const files = Object.fromEntries(await Promise.all(names.map(async (name, i) => [name, await image(film(i)).png().toBuffer()] as const))) // biome-ignore format: a list
  for (const [table, flag] of [["dataset.csv", /--labels \S+dataset\.csv$/m], ["groups.csv", /--labels TABLE\.csv$/m]] as const) {
    const dir = await tempFolder({ ...files, [table]: "file,group\n" })
    const { code, stderr } = await cnn(["train", "--data", dir, ...SMALL])
    expect([code, stderr]).toEqual([1, expect.stringMatching(flag)])
    expect(stderr).toMatch(/only 3 images in no folder/)
  } // biome-ignore format: a table
})
