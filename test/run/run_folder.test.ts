import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import { parse } from "csv-parse/sync"
import { describe, expect, it } from "vitest"
import type { Dataset, InMemory } from "../../src/data/dataset.ts"
import { DECODER } from "../../src/data/read_image.ts"
import { csv } from "../../src/files/csv.ts"
import { makeFreshFolder, refuseFull } from "../../src/files/folders.ts"
import { tame } from "../../src/files/formula.ts"
import { writeWhole } from "../../src/files/write_whole.ts"
import type { AdapterInfo } from "../../src/gpu/adapter.ts"
import { networks } from "../../src/models/networks.ts"
import { begunIn } from "../../src/run/begun.ts"
import { dataHash } from "../../src/run/data_source.ts"
import { readRun } from "../../src/run/read_run.ts"
import { runConfig } from "../../src/run/run_config.ts"
import { RunFolder, timeName } from "../../src/run/run_folder.ts"
import { defaultConfig } from "../../src/train/defaults.ts"
import type { FoldResult } from "../../src/train/fold.ts"
import { networkFor } from "../../src/weights/member.ts"
import { readWeights } from "../../src/weights/read_weights.ts"
import { readSafetensors, writeSafetensors } from "../../src/weights/safetensors.ts"
import { tempFolder } from "../support/temp_folder.ts"

const data: InMemory = {
  name: "four images",
  size: 16,
  pixels: Uint8Array.from({ length: 4 * 256 }, (_, i) => i % 256),
  classes: ["whole", "broken"],
  labels: new Uint8Array([1, 1, 0, 0]),
  files: ["=broken/1.png", "broken/a, b.png", "whole/1.png", "whole/2.png"],
  groups: ["@p1", "p2", "p3", "p4"],
  grouping: "By hand.",
  skipped: [{ file: "x.txt", reason: "no image" }],
}
const train = { ...defaultConfig, folds: 2 }
const adapter: AdapterInfo = {
  ...{ kind: "software", name: "none", backend: "none", driver: "none", vendor: "", architecture: "", description: "" },
  ...{ subgroups: false, subgroupSize: 0 },
}
const settings = (kind = "phantom") =>
  runConfig(
    {
      command: ["cnn", "train"],
      adapter,
      exact: false,
      train,
      source: { kind, count: 4, seed: 0, byType: false } as never,
    },
    data,
    new Date(0),
  )

/** As the training would report it; the logit says the label, but for the last image. */
function foldResult(fold: number, test: number[]): FoldResult {
  const epoch = {
    repeat: 0,
    fold,
    epoch: 1,
    loss: 0.5,
    accuracy: 0.75,
    validationLoss: 0.6,
    validationAccuracy: 0.5,
    lr: 1e-3,
  }
  const predictions = test.map((index) => {
    const logit = index === 3 ? 2 : data.labels[index] * 4 - 2
    const probabilities = [1 / (1 + Math.exp(logit)), 1 / (1 + Math.exp(-logit))]
    const calibrated = [1 / (1 + Math.exp(logit / 2)), 1 / (1 + Math.exp(-logit / 2))]
    return { index, repeat: 0, fold, logits: [logit], probabilities, calibrated, answer: logit > 3 ? 1 : 0 }
  })
  return {
    repeat: 0,
    fold,
    split: { train: [], validation: [], test },
    history: [{ ...epoch, imagesPerSecond: 12.345, best: true }],
    bestEpoch: 1,
    weights: new Map([["0.weight", { shape: [2], data: new Float32Array([fold, 0.1]) }]]),
    normalisation: { mean: 0.25, sd: 0.125 },
    validation: [],
    threshold: { probability: 1 / (1 + Math.exp(-3)), logit: 3, sensitivity: 1, specificity: 1 },
    temperature: { value: 2 },
    predictions,
    seconds: 1.5,
  }
}

function finish(run: RunFolder, result: FoldResult) {
  for (const row of result.history) run.take({ type: "epoch", epochs: 1, ...row })
  run.take({ type: "fold-end", result })
}

const table = (file: string) => parse(readFileSync(file), { columns: true }) as Record<string, string>[]
const json = (file: string) => JSON.parse(readFileSync(file, "utf8"))

/** The one that a run leaves of its second fold. */
function weightsFile(folder: string, result = foldResult(1, [1, 3])): string {
  finish(RunFolder.create(folder, data, settings()), result)
  return path.join(folder, "fold-1.safetensors")
}

describe("the run folder", () => {
  it("says from the start what is run on what", async () => {
    const out = await tempFolder()
    RunFolder.create(out, data, settings())
    expect(readdirSync(out)).toEqual(["config.json"])
    const config = json(path.join(out, "config.json"))
    expect(config).toMatchObject({ command: ["cnn", "train"], train, size: 16, started: "1970-01-01T00:00:00.000Z" })
    const installed = (name: string) => json(`node_modules/${name}/package.json`).version
    expect(config.versions).toEqual({
      cnn: json("package.json").version,
      ...(existsSync(".git") && { commit: expect.stringMatching(/^[0-9a-f]{40,64}(\+changes)?$/) }),
      node: process.versions.node,
      webgpu: installed("webgpu"),
      sharp: installed("sharp"),
      libvips: expect.stringMatching(/^8\.\d+\.\d+$/),
      platform: `${process.platform} ${process.arch}`,
    })
    expect(DECODER).toContain(config.versions.libvips)
    expect(config.data).toMatchObject({ images: 4, classes: { whole: 2, broken: 2 }, groups: 4, grouping: "By hand." })
    expect(config.data.skipped).toEqual(data.skipped)
    expect(config.data.hash).toBe(dataHash(data))
  })

  it("writes rows of numbers on one line, and what only looks like one as it is", async () => {
    const out = await tempFolder()
    const file = 'scan [ 1, 2 ] of "[  3 ]".png'
    const reason = "[\n  4\n]"
    RunFolder.create(out, data, {
      ...settings(),
      command: ["[ 5 ]", "\\"],
      data: { ...settings().data, skipped: [{ file, reason }] },
    })
    expect(json(path.join(out, "config.json"))).toMatchObject({
      command: ["[ 5 ]", "\\"],
      data: { skipped: [{ file, reason }] },
    })
    const run = await tempFolder()
    finish(RunFolder.create(run, data, settings()), foldResult(0, [0, 2]))
    expect(readFileSync(path.join(run, "summary.json"), "utf8")).toMatch(/^ +\[1, 0\],\n +\[0, 1\]$/m)
  })

  it("holds whole files of the folds that are finished, after each", async () => {
    const out = await tempFolder()
    const run = RunFolder.create(out, data, settings())
    finish(run, foldResult(0, [0, 2]))
    const files = ["config.json", "fold-0.safetensors", "history.csv", "predictions.csv", "summary.json"]
    expect(readdirSync(out).sort()).toEqual(files)
    expect(table(path.join(out, "predictions.csv"))).toHaveLength(2)
    expect(json(path.join(out, "summary.json"))).toMatchObject({ complete: false, foldCount: 2, pooled: { n: 2 } })

    finish(run, foldResult(1, [1, 3]))
    expect(readdirSync(out).sort()).toEqual([...files, "fold-1.safetensors"].sort())
    const summary = json(path.join(out, "summary.json"))
    expect(summary).toMatchObject({ complete: true, positive: "broken", seconds: 3, mean: { accuracy: 0.75 } })
    expect(summary.folds.map(({ accuracy }: { accuracy: number }) => accuracy)).toEqual([1, 0.5])
    expect(summary.pooled).toMatchObject({
      n: 4,
      accuracy: 0.75,
      majorityAccuracy: 0.5,
      sensitivity: 1,
      specificity: 0.5,
    })
    expect(summary.sd.accuracy).toBeCloseTo(Math.SQRT1_2 / 2, 12)
  })

  it("ends with all figures and their intervals, for each fold and pooled", async () => {
    const out = await tempFolder()
    const run = RunFolder.create(out, data, settings())
    expect(run.end()).toBeNull()
    finish(run, foldResult(0, [0, 2]))
    finish(run, foldResult(1, [1, 3]))
    expect(existsSync(path.join(out, "metrics.json"))).toBe(false)
    expect(run.end()).toMatchObject(json(path.join(out, "metrics.json")))
    const { folds, pooled, fixedRates, decisionCurve, ...about } = json(path.join(out, "metrics.json"))
    const further = { patients: null, subgroups: null }
    expect(about).toEqual({ classes: data.classes, thresholdRule: "Youden", level: 0.95, resamples: 1000, ...further })
    expect([fixedRates.length, decisionCurve.threshold.length, decisionCurve.model.length]).toEqual([4, 99, 99])
    expect(folds.map(({ n, temperature }: { n: number; temperature: object }) => [n, temperature])).toEqual([
      [2, { value: 2 }],
      [2, { value: 2 }],
    ])
    expect(pooled).toMatchObject({ n: 4, groups: 4, majority: { answer: "whole" } })
    expect(pooled.atHalf.accuracy).toMatchObject({ value: 0.75, method: "wilson" })
    // No logit is over 3.
    expect(pooled.atChosen.sensitivity.value).toBe(0)
    expect(pooled.atChosen.ppv).toMatchObject({ value: null, why: "no image was predicted positive" })
    expect(json(path.join(out, "summary.json")).folds[0]).toMatchObject({ repeat: 0, temperature: 2 })
  })

  it("is taken back where an error ends it before the first fold is done, and kept after", async () => {
    const out = await tempFolder({ "notes.txt": "mine" })
    const run = RunFolder.create(out, data, settings())
    run.take({ type: "epoch", epochs: 1, ...foldResult(0, [0, 2]).history[0] })
    expect(run.discardUnfinished()).toBe(true)
    expect(readdirSync(out)).toEqual(["notes.txt"])
    const other = RunFolder.create(out, data, settings())
    finish(other, foldResult(0, [0, 2]))
    expect(other.discardUnfinished()).toBe(false)
    expect(existsSync(path.join(out, "summary.json"))).toBe(true)
  })

  it("tables epochs and predictions, and disarms what a spreadsheet would run", async () => {
    const out = await tempFolder()
    const run = RunFolder.create(out, data, settings())
    finish(run, foldResult(0, [0, 2]))
    finish(run, foldResult(1, [1, 3]))
    const predictions = table(path.join(out, "predictions.csv"))
    expect(Object.keys(predictions[0])).toEqual([
      ...["file", "group", "label", "fold", "logit", "probability", "calibrated", "answer", "repeat"],
    ])
    expect(predictions.map(({ file, group }) => [file, group])).toEqual([
      ["'=broken/1.png", "'@p1"],
      ["broken/a, b.png", "p2"],
      ["whole/1.png", "p3"],
      ["whole/2.png", "p4"],
    ])
    expect(predictions.map(({ label, fold, logit }) => [label, fold, logit])).toEqual([
      ["broken", "0", "2"],
      ["broken", "1", "2"],
      ["whole", "0", "-2"],
      ["whole", "1", "2"],
    ])
    expect(Number(predictions[0].probability)).toBe(1 / (1 + Math.exp(-2)))
    expect(predictions[0]).toMatchObject({ answer: "whole", repeat: "0", calibrated: `${1 / (1 + Math.exp(-1))}` })
    expect(table(path.join(out, "history.csv"))[1]).toEqual({
      ...{ fold: "1", epoch: "1", loss: "0.5", accuracy: "0.75", validation_loss: "0.6", validation_accuracy: "0.5" },
      ...{ learning_rate: "0.001", images_per_second: "12.3", best: "1", repeat: "0" },
    })
  })

  it("has weights files that say all that is needed to use them", async () => {
    const result = foldResult(1, [1, 3])
    const { weights, info } = readWeights(weightsFile(await tempFolder(), result))
    expect(weights).toEqual(result.weights)
    const { normalisation } = result
    expect(info).toMatchObject({ model: "small", size: 16, outputs: 1, classes: data.classes, normalisation, fold: 1 })
    expect(info).toMatchObject({ threshold: result.threshold!.probability, temperature: result.temperature.value })
  })

  it("has weights files whose layers are those in the file, whatever the network of that name has today", async () => {
    const out = await tempFolder()
    const { tensors, metadata } = readSafetensors(readFileSync(weightsFile(out)), "")
    const architecture = metadata.architecture.replace('"AvgPool2d"', '"MaxPool2d"')
    expect(architecture).not.toBe(metadata.architecture)
    const old = path.join(out, "old.safetensors")
    writeFileSync(old, writeSafetensors(tensors, { ...metadata, architecture, version: "0.0.1" }))
    const { info } = readWeights(old)
    const layers = networkFor(info, old).layers()
    expect(layers.map(([, layer]) => layer.constructor.name).indexOf("MaxPool2d")).toBe(3)
    expect(() => networkFor(info, old, networks.small)).toThrow(`${old}: its network has other layers than small.`)
  })

  it("is never one that holds something already", async () => {
    const out = await tempFolder({ "notes.txt": "mine" })
    expect(() => refuseFull(out)).toThrow(/holds 1 file already.*nothing is overwritten/)
    expect(() => refuseFull(path.join(out, "notes.txt"))).toThrow(/is a file/)
    expect(readdirSync(out)).toEqual(["notes.txt"])
    expect(() => refuseFull(path.join(out, "absent"))).not.toThrow()
  })

  it("may hold what a run left that was ended before it had a config, which is not taken over", async () => {
    const network = { "network.mjs": "", "network.ts": "", "network.mjs.123.part": "", "network.ts.9.part": "" }
    const out = await tempFolder({ "lock.json": "{}", "audit.json": "{}", "files.csv": "file", ...network })
    refuseFull(out, begunIn(out))
    expect(() => refuseFull(out)).toThrow(/holds 4 files already/)
    RunFolder.create(out, data, settings())
    expect(readdirSync(out).sort()).toEqual(["config.json", "lock.json"])
    writeFileSync(path.join(out, "audit.json"), "{}")
    expect(() => refuseFull(out, begunIn(out))).toThrow(/holds 2 files already/)
    const unlocked = await tempFolder({ "audit.json": "{}" })
    expect(() => refuseFull(unlocked, begunIn(unlocked))).toThrow(/holds 1 file already/)
  })

  it("has a config as soon as it has all that a run begins with", async () => {
    const out = await tempFolder({})
    mkdirSync(path.join(out, "config.json"))
    expect(() => RunFolder.create(out, data, settings(), { audited: { findings: [] } })).toThrow()
    expect(readdirSync(out)).toContain("audit.json")
  })

  it("keeps the order of classes whose names are numbers", async () => {
    const out = await tempFolder({})
    const numbered = { ...data, classes: ["10", "9"] }
    const config = { ...settings(), data: { ...settings().data, classes: { "10": 2, "9": 2 }, order: ["10", "9"] } }
    const run = RunFolder.create(out, numbered, config)
    run.take({ type: "compile", pipelines: [], seconds: 0 })
    finish(run, foldResult(0, [0, 2]))
    const { classes, images } = readRun(out)
    expect(classes).toEqual(["10", "9"])
    expect(images.map(({ label }) => label)).toEqual([1, 0])
  })

  it("is named after the time, and numbered where that name is taken", async () => {
    expect(timeName(new Date(2031, 0, 9, 7, 5, 3))).toBe("2031-01-09_07-05-03")
    const name = path.join(await tempFolder(), "runs", "now")
    expect([makeFreshFolder(name), makeFreshFolder(name), makeFreshFolder(name)]).toEqual([
      name,
      `${name}-2`,
      `${name}-3`,
    ])
  })
})

describe("writeWhole", () => {
  it("leaves the former file and no part of the new one when it fails", async () => {
    const folder = await tempFolder({ "a.txt": "old" })
    writeWhole(path.join(folder, "a.txt"), "new")
    expect(readFileSync(path.join(folder, "a.txt"), "utf8")).toBe("new")
    mkdirSync(path.join(folder, "b"))
    writeFileSync(path.join(folder, "b", "kept"), "")
    expect(() => writeWhole(path.join(folder, "b"), "new")).toThrow()
    expect(readdirSync(folder).sort()).toEqual(["a.txt", "b"])
    expect(existsSync(path.join(folder, "b", "kept"))).toBe(true)
  })
})

describe("dataHash", () => {
  it("changes with names, labels, groups and pixels, and with nothing else", () => {
    const hash = dataHash(data)
    expect(dataHash({ ...data, name: "elsewhere", skipped: [] })).toBe(hash)
    const others: Partial<Dataset>[] = [
      { files: ["x", ...data.files.slice(1)] },
      { labels: new Uint8Array([1, 0, 0, 0]) },
      { groups: ["p2", ...data.groups.slice(1)] },
      { pixels: data.pixels.map((v, i) => (i === 7 ? v + 1 : v)) },
    ]
    const hashes = others.map((other) => dataHash({ ...data, ...other }))
    expect(new Set([hash, ...hashes]).size).toBe(5)
  })
})

it("csv quotes what must be quoted, and leads formulas with an apostrophe", () => {
  const cells = ["=1+1", "+1", "-1", "@a", 'say "x"', "a,b", "plain"]
  const text = csv(
    ["cell", "number"],
    cells.map((cell) => [cell, -1.5]),
  )
  const rows = parse(text, { columns: true }) as Record<string, string>[]
  expect(rows.map(({ cell }) => cell)).toEqual(["'=1+1", "'+1", "'-1", "'@a", 'say "x"', "a,b", "plain"])
  expect(rows.every(({ number }) => number === "-1.5")).toBe(true)
})

describe("a run read back", () => {
  it("has the images by their own names, with what was predicted of each", async () => {
    const out = await tempFolder()
    const run = RunFolder.create(out, data, settings())
    finish(run, foldResult(0, [0, 3]))
    finish(run, foldResult(1, [1, 2]))
    const again = foldResult(0, [0, 1, 2, 3])
    finish(run, { ...again, repeat: 1, predictions: again.predictions.map((one) => ({ ...one, repeat: 1 })) })
    const { classes, images: all } = readRun(out)
    expect(classes).toEqual(data.classes)
    expect(all).toHaveLength(8)
    const images = all.filter(({ repeat }) => repeat === 0)
    expect(images.map(({ file }) => file)).toEqual(data.files)
    expect(images.map(({ label, answer, fold }) => [label, answer, fold])).toEqual([
      [1, 1, 0],
      [1, 1, 1],
      [0, 0, 1],
      [0, 1, 0],
    ])
    expect(images[0].logits).toEqual([2])
    expect(images[0].probabilities[1]).toBeCloseTo(1 / (1 + Math.exp(-2)), 12)
  })

  it("tames what was made inert, and nothing else", () => {
    expect(["'=a", "'a", "=a", "''=a", "a"].map(tame)).toEqual(["=a", "'a", "=a", "'=a", "a"])
  })
})
