/** Images that show nothing, and inverted ones: left out or named, by the audit and by the run. */
import { readFile } from "node:fs/promises"
import path from "node:path"
import sharp from "sharp"
import { describe, expect, it } from "vitest"
import { audit } from "../../src/audit/audit.ts"
import { findings } from "../../src/audit/findings.ts"
import { groupsTable } from "../../src/audit/groups_table.ts"
import { invertedFilms } from "../../src/audit/inverted.ts"
import { blankReason, isBlankReason, mayBeBlank } from "../../src/data/blank.ts"
import { letterbox } from "../../src/data/letterbox.ts"
import { loadFolder } from "../../src/data/load.ts"
import { phantomImage } from "../../src/data/phantom.ts"
import { cnn } from "../support/cli.ts"
import { dicomPicture, type Element } from "../support/dicom_files.ts"
import { tempFolder } from "../support/temp_folder.ts"

const SIDE = 96
const drawn = (index: number) => phantomImage({ seed: 2, index, size: SIDE, fracture: null }).pixels
const png = (pixels: Uint8Array, width = SIDE) =>
  sharp(pixels, { raw: { width, height: pixels.length / width, channels: 1 } })
    .toColourspace("b-w")
    .png()
    .toBuffer()
const flat = (value: (i: number) => number, length = SIDE * SIDE) => Uint8Array.from({ length }, (_, i) => value(i))

/** Three upright films a class. */
const films = async () =>
  Object.fromEntries(
    await Promise.all(
      [0, 1, 2, 3, 4, 5].map(async (i) => [`${i < 3 ? "fractured" : "normal"}/${i}.png`, await png(drawn(i))]),
    ),
  ) as Record<string, Uint8Array>

describe("blank images", () => {
  const reasonOf = (pixels: Uint8Array, width: number, size = 40) => {
    const square = letterbox({ pixels, width, height: pixels.length / width }, size)
    const reason = blankReason(square, size, width / (pixels.length / width))
    // The cheap test comes first: it lets no blank image through.
    if (reason !== undefined) expect(mayBeBlank(square)).toBe(true)
    return reason
  }

  it.each<[string, Uint8Array, number, RegExp]>([
    ["black", flat(() => 0, 1600), 40, /^blank \(gray 0 of 255 all over\)$/],
    ["white", flat(() => 255, 1600), 40, /^blank \(gray 255 of 255 all over\)$/],
    ["white, beside black bars", flat(() => 255, 800), 40, /^blank \(gray 255/],
    ["white, a narrow column of it", flat(() => 255, 200), 5, /^blank \(gray 255/],
    ["noise of a few levels", flat((i) => 100 + ((i * 7) % 8), 1600), 40, /^nearly blank \(98 % of its pixels lie from gray 100 to 107 of 255\)$/],
    ["white but for a mark of less than a hundredth", flat((i) => (i < 15 ? 0 : 250), 1600), 40, /^nearly blank \(98 % .* gray 250 to 250/],
    ["a faint slope beside bars", flat((i) => 200 + (i % 40) / 8, 800), 40, /^nearly blank/],
  ])("%s", (_, pixels, width, reason) => {
    expect(reasonOf(pixels, width)).toMatch(reason)
    expect(isBlankReason(reasonOf(pixels, width)!)).toBe(true)
  }) // biome-ignore format: a table

  it.each<[string, Uint8Array, number]>([
    ["eight gray levels", flat((i) => 100 + (i % 9), 1600), 40],
    ["a white bar in the middle of a square film", flat((i) => (i % 40 > 10 && i % 40 < 30 ? 255 : 0), 1600), 40],
    ["a small object on black", flat((i) => (i % 40 < 6 && i < 240 ? 90 : 0), 1600), 40],
    ["a film", drawn(0), SIDE],
  ])("are not: %s", (_, pixels, width) => {
    expect(reasonOf(pixels, width, width)).toBeUndefined()
  })

  it("a film of two pixels in width is looked at as well", () => {
    expect(
      reasonOf(
        flat((i) => (i % 4 < 2 ? 255 : 0), 80),
        2,
      ),
    ).toBeUndefined()
    expect(
      reasonOf(
        flat(() => 255, 80),
        2,
      ),
    ).toMatch(/^blank/)
  })

  /** Blank in four ways, in both classes. */
  const mixed = async () => {
    const hidden: Element[] = [["00281050", "DS", "90"], ["00281051", "DS", "20"]] // biome-ignore format: pairs
    const constant = { width: SIDE, height: SIDE, values: [...flat(() => 0)].map(() => 700), bits: 12, more: hidden }
    return {
      ...(await films()),
      "fractured/black.png": await png(flat(() => 0)),
      "fractured/wide.png": await png(flat(() => 255, SIDE * 20)),
      "normal/grainy.png": await png(flat((i) => 60 + (i % 3))),
      "normal/flat.dcm": dicomPicture(constant),
    }
  }
  const blank = ["fractured/black.png", "fractured/wide.png", "normal/flat.dcm", "normal/grainy.png"]

  it("are named by the audit, and no copies, shortcuts or groups come from them", async () => {
    const found = await audit(await tempFolder(await mixed()), { cacheDir: false })
    expect(found.files).toHaveLength(6)
    expect(found.skipped.map(({ file }) => file)).toEqual(blank)
    expect(found.copies).toEqual([])
    const all = findings(found)
    expect(all.filter(({ level }) => level === "problem").map(({ kind }) => kind)).toEqual(["blank"])
    expect(all[0].text).toMatch(/^4 images of 10 show nothing, such as fractured\/black\.png: blank \(gray 0/)
  })

  it("are left out of a run, named with the reason, and refused with strict", async () => {
    const dir = await tempFolder(await mixed())
    const data = await loadFolder(dir, { size: 24, cacheDir: false })
    expect(data.files).toHaveLength(6)
    expect(data.skipped.map(({ file }) => file)).toEqual(blank)
    expect(data.skipped.every(({ reason }) => isBlankReason(reason))).toBe(true)
    await expect(loadFolder(dir, { size: 24, cacheDir: false, strict: true })).rejects.toThrow(
      /4 files cannot be used, and --strict allows none:\n.*black\.png: blank \(gray 0/,
    )
  })

  it("a class of which nothing else is left is an error that says so", async () => {
    const { "normal/0.png": _, ...rest } = { ...(await films()), "normal/0.png": new Uint8Array() }
    const files = Object.fromEntries(Object.entries(rest).filter(([file]) => !file.startsWith("normal/")))
    const dir = await tempFolder({ ...files, "normal/white.png": await png(flat(() => 255)) })
    await expect(loadFolder(dir, { size: 24, cacheDir: false })).rejects.toThrow(/class "normal".*white\.png: blank/s)
  })

  it("groups.csv has a line for them, so that a run with it starts", async () => {
    const dir = await tempFolder({ ...(await mixed()), "normal/broken.png": "no image" })
    const found = await audit(dir, { cacheDir: false })
    const table = await groupsTable(found)
    for (const file of [...blank, "normal/broken.png"]) expect(table).toContain(`\n${file},`)
    const own = await tempFolder({ ...(await mixed()), "normal/broken.png": "no image", "groups.csv": table })
    expect((await loadFolder(own, { size: 24, cacheDir: false })).files).toHaveLength(6)
  })

  it("the command names them as a problem, and ends there with --strict", async () => {
    const dir = await tempFolder(await mixed())
    const out = await tempFolder()
    const run = await cnn(["audit", dir, "--out", out])
    expect(run.stdout).toMatch(/Problem +4 images of 10 show nothing/)
    expect((await cnn(["audit", dir, "--out", out, "--force", "--strict"])).code).toBe(1)
    expect(await readFile(path.join(out, "audit.html"), "utf8")).toContain("normal/grainy.png: nearly blank")
  })
})

describe("inverted films", () => {
  const turned = (index: number) => drawn(index).map((value) => 255 - value)

  it("among upright ones are named, and the reverse", async () => {
    const upright = await films()
    const some = { ...upright, "normal/x.png": await png(turned(8)), "fractured/y.png": await png(turned(9)) }
    const found = await audit(await tempFolder(some), { cacheDir: false })
    expect(found.inverted).toEqual(["fractured/y.png", "normal/x.png"])
    const [problem] = findings(found).filter(({ kind }) => kind === "inverted")
    expect(problem.level).toBe("problem")
    expect(problem.text).toMatch(/^2 images of 8 seem inverted: .* They are fractured\/y\.png, normal\/x\.png\./)

    const others = await Promise.all([10, 11, 12, 13].map(async (i) => [`normal/${i}.png`, await png(turned(i))]))
    const most = { "fractured/0.png": upright["fractured/0.png"], ...Object.fromEntries(others), "fractured/1.png": await png(turned(14)) } // biome-ignore format: one folder
    expect((await audit(await tempFolder(most), { cacheDir: false })).inverted).toEqual(["fractured/0.png"])
  })

  it("are not films in a white frame, bright ones, or one of three", () => {
    const look = (border: number, mean: number) => ({ border, mean, sharpness: 0 })
    const dark = [look(20, 60), look(60, 50), look(100, 110)]
    const names = ["a", "b", "c", "d"]
    expect(invertedFilms(names, [...dark, look(190, 120)])).toEqual([])
    expect(invertedFilms(names, [...dark, look(140, 180)])).toEqual([])
    expect(invertedFilms(names, [...dark, look(200, 180)])).toEqual(["d"])
    expect(invertedFilms(names.slice(0, 3), [look(20, 60), look(60, 50), look(200, 180)])).toEqual([])
    expect(invertedFilms(names, [...dark, look(20, 30)])).toEqual([])
  })
})
