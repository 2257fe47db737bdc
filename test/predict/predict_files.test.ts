/** What `cnn predict` does with files of others, in this process: none is lost. */
import { readdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from "node:fs"
import path from "node:path"
import { describe, expect, it, vi } from "vitest"
import { predictToFile } from "../../src/cli/predict_to_file.ts"
import { MeanMaps } from "../../src/explain/mean_maps.ts"
import { OutOfMemory } from "../../src/gpu/memory.ts"
import { networks } from "../../src/models/networks.ts"
import { openHeatmaps, refuseOthers } from "../../src/predict/heatmap_folder.ts"
import { heatmapName } from "../../src/predict/heatmap_name.ts"
import { listedNames } from "../../src/predict/inputs.ts"
import { filled } from "../../src/predict/predict_files.ts"
import { PredictionFile } from "../../src/predict/prediction_file.ts"
import type { Predictor } from "../../src/run/predictor.ts"
import type { WeightsInfo } from "../../src/weights/weights_file.ts"
import { openForTests } from "../support/open.ts"
import { tempFolder } from "../support/temp_folder.ts"

const options = { classes: ["a", "b"], checksum: "0".repeat(64), heatmaps: false }
const input = (file: string) => ({ file, stamp: { bytes: 1, modified: "2026-01-01T00:00:00.000Z" } })
const failed = (file: string) => ({ input: input(file), reason: "why\nnot" })

function append(file: string, ...names: string[]): void {
  const table = PredictionFile.open(file, options)
  table.append(names.map(failed))
  table.close()
}

it("a table that a spreadsheet saved is resumed, with its own line ends", async () => {
  const folder = await tempFolder()
  const [own, saved] = ["own.csv", "saved.csv"].map((name) => path.join(folder, name))
  append(own, "a.png", "b\nc.png")
  const text = readFileSync(own, "utf8")
  const crlf = text.replace(/(?<=weights|0{16})\n/g, "\r\n")
  expect(crlf.length).toBe(text.length + 3)
  for (const mark of ["", "\ufeff"]) {
    writeFileSync(saved, mark + crlf)
    append(saved, "d\ne.png")
    append(saved, "f.png")
    expect(readFileSync(saved, "utf8")).toMatch(/"d\ne\.png",,,,"why\nnot",,1,[^\n]+,0{16}\r\nf\.png,[^\r]+\r\n$/)
    const table = PredictionFile.open(saved, options)
    for (const name of ["a.png", "b\nc.png", "d\ne.png", "f.png"]) expect(table.has(input(name))).toBe(true)
    table.close()
  }
})

it("a table that another process writes is not begun, by whatever name, nor is its lock left behind", async () => {
  const folder = await tempFolder()
  const [file, link] = ["a.csv", "b.csv"].map((name) => path.join(folder, name))
  const table = PredictionFile.open(file, options)
  symlinkSync(file, link)
  for (const name of [file, link])
    expect(() => PredictionFile.open(name, options)).toThrow(
      `${name}: process ${process.pid} is writing into this file. Wait until it has ended, or end it; ` +
        `if there is no such process any more, remove ${realpathSync(file)}.cnn-lock.`,
    )
  table.append([failed("a.png")])
  table.close()
  append(link, "b.png")
  expect(() => PredictionFile.open(file, { ...options, checksum: "1".repeat(64) })).toThrow(/other networks/)
  expect(
    readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => line.includes(".png,")),
  ).toHaveLength(2)
  expect(readdirSync(folder).sort()).toEqual(["a.csv", "b.csv"])
})

describe("batches", () => {
  const sizes = async (kinds: string) => {
    async function* items() {
      for (const [i, kind] of [...kinds].entries()) yield kind === "." ? { i } : { i, pixels: new Uint8Array(1) }
    }
    const batches = []
    for await (const batch of filled(items(), 3)) batches.push(batch)
    expect(batches.flat().map(({ i }) => i)).toEqual([...kinds].map((_, i) => i))
    return batches.map((batch) => batch.filter(({ pixels }) => pixels).length)
  }

  it("are full but the last, whatever could not be decoded between, and in order", async () => {
    expect(await sizes("a.b..cd.ef.g.")).toEqual([3, 3, 1])
    expect(await sizes("abc")).toEqual([3])
    expect(await sizes("....abc.")).toEqual([0, 3, 0])
    expect(await sizes("")).toEqual([])
  })
})

it("maps are made ready for each size of batch, once, so that a last one too is refused where memory is short", async () => {
  const gpu = await openForTests()
  const size = 16
  const model = networks.small.build(size, 1).to(gpu)
  const info = { size, classes: ["a", "b"], outputs: 1, normalisation: { mean: 0.5, sd: 0.25 } } as WeightsInfo
  const means = new MeanMaps({ gpu, size, members: [{ file: "", model, info }] }, 3, { batch: 3 })
  const compile = vi.spyOn(gpu, "compile")
  const image = (i: number) => new Uint8Array(size * size).map((_, at) => (at * 7 * (i + 1)) % 256)
  const maps = (n: number) => means.maps([0, 1, 2].slice(0, n).map(image), new Array(n).fill(1))
  const [first] = await maps(3)
  await maps(3)
  expect(compile).toHaveBeenCalledTimes(1)
  const [again] = await maps(1)
  expect(compile).toHaveBeenCalledTimes(2)
  for (const [i, value] of first.entries()) expect(again[i]).toBeCloseTo(value, 5)
  compile.mockRejectedValueOnce(new OutOfMemory("none left"))
  await expect(maps(2)).rejects.toThrow(/does not fit/)
})

it("a list's names are without the mark of its encoding", () => {
  expect(listedNames("\ufeffa.png\r\nb.png\r\n")).toEqual(["a.png", "b.png"])
})

it("a heatmap's name and that of its part fit a file system, in any script", () => {
  for (const character of ["a", "\u00fc", "\u6f22", "\u{20000}", "\u{1f9b4}"]) {
    const name = heatmapName(`${character.repeat(80)}.png`)
    expect(Buffer.byteLength(`${name}.4194304.part`)).toBeLessThanOrEqual(255)
    expect(name).toMatch(/^([\p{L}]{50,60}|_{60})-[0-9a-f]{16}\.png$/u)
  }
})

describe("a folder of heatmaps", () => {
  const ours = heatmapName("a.png")

  it("keeps what is others', and loses only begun heatmaps", async () => {
    const others = ["film.zip.001.part", "a.json.12.part", "notes.txt", "x.png.12.part"]
    const names = [...others, ours, `${ours}.12.part`]
    const folder = await tempFolder(Object.fromEntries(names.map((name) => [name, ""])))
    refuseOthers(folder, true)
    openHeatmaps(folder)
    expect(readdirSync(folder).sort()).toEqual([...others, ours].sort())
    expect(() => refuseOthers(folder, false)).toThrow(/holds 4 files already, and nothing is overwritten/)
  })

  it("is refused where all of it is others', also for a table that is resumed", async () => {
    const folder = await tempFolder({ "film.zip.001.part": "" })
    for (const begun of [false, true])
      expect(() => refuseOthers(folder, begun)).toThrow(`${folder}: the folder holds 1 file already`)
    const file = path.join(folder, "film.zip.001.part")
    expect(() => refuseOthers(file, true)).toThrow(/is a file/)
  })

  it("of others stays unchanged when a table is resumed into it", async () => {
    const folder = await tempFolder({ "maps/film.zip.001.part": "a" })
    const [file, heatmaps] = ["a.csv", "maps"].map((name) => path.join(folder, name))
    PredictionFile.open(file, { ...options, heatmaps: true }).close()
    const before = readFileSync(file, "utf8")
    const predictor = { ...options, batch: 2, size: 16, members: [] } as unknown as Predictor
    const go = () =>
      predictToFile(predictor, [], {
        file,
        heatmaps,
        json: true,
        ofRun: new Set<string>(),
        signal: new AbortController().signal,
      })
    await expect(go()).rejects.toThrow(/maps: the folder holds 1 file already/)
    writeFileSync(path.join(heatmaps, ours), "")
    vi.spyOn(console, "log").mockImplementation(() => {})
    expect(await go()).toEqual({ failed: 0, ofRun: 0 })
    expect(readdirSync(heatmaps).sort()).toEqual([ours, "film.zip.001.part"].sort())
    expect(readFileSync(file, "utf8")).toBe(before)
    expect(readdirSync(folder).sort()).toEqual(["a.csv", "maps"])
  })

  it("may be new, empty, or hold begun heatmaps alone", async () => {
    for (const begun of [false, true]) {
      refuseOthers(path.join(await tempFolder(), "new"), begun)
      refuseOthers(await tempFolder(), begun)
      refuseOthers(await tempFolder({ [`${ours}.12.part`]: "" }), begun)
    }
  })
})
