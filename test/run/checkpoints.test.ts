/**
 * A run that is left at any of its checkpoints comes to the same bits, and a damaged checkpoint is
 * never gone on from.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import { describe, expect, it } from "vitest"
import { readChecked, writeChecked } from "../../src/files/checked_file.ts"
import { anyNumber, list, object } from "../../src/files/schema.ts"
import { Checkpoints, type Found } from "../../src/run/checkpoints.ts"
import { runConfig } from "../../src/run/run_config.ts"
import { RunFolder } from "../../src/run/run_folder.ts"
import { Random } from "../../src/tensor/random.ts"
import type { TrainConfig } from "../../src/train/config.ts"
import type { Checkpointer } from "../../src/train/context.ts"
import { crossValidate, planFolds } from "../../src/train/cross_validation.ts"
import { defaultConfig } from "../../src/train/defaults.ts"
import type { TrainEvent } from "../../src/train/events.ts"
import type { FoldResult } from "../../src/train/fold.ts"
import { foldName } from "../../src/train/fold_name.ts"
import type { FoldState } from "../../src/train/fold_state.ts"
import { encodeWeights } from "../../src/weights/weights_file.ts"
import { phantomDataset } from "../support/drawn.ts"
import { openForTests } from "../support/open.ts"
import { tempFolder } from "../support/temp_folder.ts"

const gpu = await openForTests()
const data = phantomDataset({ count: 16, seed: 3, size: 22 })
const short: TrainConfig = { ...defaultConfig, folds: 2, batch: 3, epochs: 2, patience: 0 }

class Left extends Error {}

/** Keeps states as a run does, and leaves it after the n-th. */
class LeavingKeeper implements Checkpointer {
  kept = 0
  constructor(
    readonly checkpoints: Checkpoints,
    readonly n: number,
  ) {}
  get every(): number {
    return this.checkpoints.every
  }
  save(state: FoldState): void {
    this.checkpoints.save(state)
    if (++this.kept === this.n) throw new Left()
  }
}

/** All but what a clock says. */
const bits = ({ seconds: _, weights, split: _split, history, ...rest }: FoldResult) => ({
  ...rest,
  weights: [...weights].map(([name, { data }]) => [name, Buffer.from(data.buffer).toString("base64")]),
  history: history.map(({ imagesPerSecond: _, ...row }) => row),
})

/** One process's share of a run: to its end, or until `checkpointer` leaves it. */
async function share(
  folder: string,
  config: TrainConfig,
  found: Found,
  checkpointer: Checkpointer,
  checkpoints: Checkpoints,
) {
  const trained: FoldResult[] = []
  const emit = (event: TrainEvent) => {
    if (event.type !== "fold-end") return
    const { result } = event
    const info = {
      model: config.model,
      size: data.size,
      outputs: 1,
      classes: data.classes,
      threshold: 0.5,
      temperature: 1,
      version: "",
      ...{ architecture: null, builtBy: null, inCode: null },
    }
    const { normalisation, repeat, fold } = result
    writeFileSync(
      path.join(folder, `${foldName(result)}.safetensors`),
      encodeWeights(result.weights, { ...info, normalisation, repeat, fold }),
    )
    checkpoints.keepFold(result)
    trained.push(result)
  }
  const { finished, state: from } = found
  try {
    await crossValidate(gpu, data, config, { emit, checkpointer, finished, from })
  } catch (error) {
    if (!(error instanceof Left)) throw error
  }
  return trained
}

/**
 * The run, left after so many states and resumed from what is in the folder, until it ends.
 */
async function inParts(config: TrainConfig, n: number, every = 1) {
  const folder = await tempFolder()
  const places = planFolds(data, config)
  const results: FoldResult[] = []
  let parts = 0
  for (; results.length < places.length; parts++) {
    const checkpoints = new Checkpoints(folder, "id", every)
    const found = checkpoints.find(places)
    expect(found.damaged).toEqual([])
    expect(found.finished.map(foldName)).toEqual(results.map(foldName))
    results.push(...(await share(folder, config, found, new LeavingKeeper(checkpoints, n), checkpoints)))
  }
  return { results, parts }
}

describe("a run that is left and resumed", () => {
  const cases: [string, Partial<TrainConfig>][] = [
    ["batch norm, Adam", { model: "small" }],
    [
      "dropout, momentum, clipping, balanced",
      { model: "reference", optimizer: "momentum", clip: 1, sampling: "balanced" },
    ],
    ["two repeats, RMSprop, patience", { optimizer: "rmsprop", repeats: 2, epochs: 3, keep: "best", patience: 1 }],
  ]

  it.each(cases)("comes to the same bits after every update: %s", async (_, some) => {
    const config = { ...short, ...some }
    const whole = await crossValidate(gpu, data, config)
    const { results, parts } = await inParts(config, 1)
    expect(parts).toBeGreaterThan(whole.length * 2)
    expect(results.map(bits)).toEqual(whole.map(bits))
  })

  it("comes to the same where it is left at ends of epochs, and where there are no other states", async () => {
    const whole = (await crossValidate(gpu, data, short)).map(bits)
    for (const [n, every] of [
      [1, 0],
      [3, 2],
    ]) {
      const { results, parts } = await inParts(short, n, every)
      expect(results.map(bits)).toEqual(whole)
      expect(parts).toBeGreaterThan(1)
    }
  })

  it("does not train a finished fold again", async () => {
    const places = planFolds(data, { ...short, repeats: 2 })
    const folds: string[] = []
    const emit = (event: TrainEvent) => void (event.type === "fold" && folds.push(foldName(event)))
    await crossValidate(gpu, data, { ...short, repeats: 2, epochs: 1 }, { emit, finished: [places[0], places[3]] })
    expect(folds).toEqual(["fold-1", "repeat-1-fold-0"])
  })
})

it("a run says how long its first step takes, also one that goes on between two folds", async () => {
  const config = { ...short, repeats: 2, epochs: 1 }
  const places = planFolds(data, config)
  for (const finished of [[], places.slice(0, 1), places.slice(0, 2)]) {
    const types: string[] = []
    await crossValidate(gpu, data, config, { emit: ({ type }) => void types.push(type), finished })
    expect(types.filter((type) => type === "first-step")).toHaveLength(1)
    expect(types.indexOf("compile")).toBeLessThan(types.indexOf("first-step"))
    expect(types.indexOf("first-step")).toBeLessThan(types.indexOf("epoch"))
  }
})

it("a training that diverges is told where the search for the place is ended from outside", async () => {
  // A gradient of 1e25 is a number in float32, its square is none.
  const config: TrainConfig = { ...short, optimizer: "adam", clip: 0, posWeight: 1e25, epochs: 1 }
  const checkpointer: Checkpointer = { every: 0, save() {} }
  const place = /It began in update 1 /
  await expect(crossValidate(gpu, data, config, { checkpointer })).rejects.toThrow(place)
  const abort = new AbortController()
  const emit = ({ type }: TrainEvent) => void (type === "epoch" && abort.abort())
  const ended = crossValidate(gpu, data, config, { checkpointer, emit, signal: abort.signal })
  await expect(ended).rejects.toThrow("the training has diverged. Use a learning rate")
})

describe("the checkpoints of a run", () => {
  /** A folder left in its second fold, with all that it holds. */
  async function left() {
    const folder = await tempFolder()
    const checkpoints = new Checkpoints(folder, "id", 1)
    const nothing = checkpoints.find(planFolds(data, short))
    expect(nothing).toEqual({ finished: [], state: null, damaged: [] })
    await share(folder, short, nothing, new LeavingKeeper(checkpoints, 6), checkpoints)
    return folder
  }
  const find = (folder: string, id = "id") => new Checkpoints(folder, id).find(planFolds(data, short))
  const at = (folder: string, ...names: string[]) => path.join(folder, "checkpoints", ...names)

  it("are the last two and a file a finished fold, each whole", async () => {
    const folder = await left()
    const states = ["000005", "000006"].flatMap((n) => [`${n}.json`, `${n}.safetensors`])
    expect(readdirSync(at(folder)).sort()).toEqual([...states, "fold-0.json"])
    const { finished, state, damaged } = find(folder)
    expect(finished.map(foldName)).toEqual(["fold-0"])
    expect(state).toMatchObject({ repeat: 0, fold: 1, epoch: 2, done: 0 })
    expect(damaged).toEqual([])
  })

  it("are detected when a bit is flipped or the end is missing, wherever that is; the one before is used", async () => {
    const folder = await left()
    const random = new Random(7, 8)
    const whole = find(folder).state
    for (let i = 0; i < 60; i++) {
      const copy = await tempFolder()
      mkdirSync(at(copy))
      copyFileSync(path.join(folder, "fold-0.safetensors"), path.join(copy, "fold-0.safetensors"))
      for (const name of readdirSync(at(folder))) copyFileSync(at(folder, name), at(copy, name))
      const file = at(copy, i % 2 ? "000006.json" : "000006.safetensors")
      const bytes = readFileSync(file)
      const place = random.integer(bytes.length)
      if (i % 3) bytes[place] ^= 1 << random.integer(8)
      writeFileSync(file, i % 3 ? bytes : bytes.subarray(0, place))
      const found = find(copy)
      expect(found.damaged, `byte ${place}`).toEqual([{ of: "state", text: expect.stringContaining(`${file}: `) }])
      expect(found.state).toMatchObject({ epoch: 1, done: 1 })
      expect(found.state).not.toEqual(whole)
      expect(existsSync(file)).toBe(false)
    }
  })

  it("are left out where the process was killed between their two files, or while it wrote one", async () => {
    const folder = await left()
    copyFileSync(at(folder, "000006.safetensors"), at(folder, "000007.safetensors"))
    writeFileSync(at(folder, "000008.safetensors.123.part"), "begun")
    const { state, damaged } = find(folder)
    expect(damaged).toEqual([])
    expect(state).toMatchObject({ epoch: 2, done: 0 })
    expect(readdirSync(at(folder)).filter((name) => /07|08/.test(name))).toEqual([])
  })

  it("train a fold again whose file or weights were changed", async () => {
    for (const name of ["checkpoints/fold-0.json", "fold-0.safetensors"]) {
      const folder = await left()
      const file = path.join(folder, name)
      const bytes = readFileSync(file)
      bytes[bytes.length >> 1] ^= 4
      writeFileSync(file, bytes)
      const { finished, damaged } = find(folder)
      expect([finished, damaged]).toEqual([[], [{ of: "fold", text: expect.stringContaining(`${file}: `) }]])
    }
  })

  it("are refused where options or images are others", async () => {
    const folder = await left()
    expect(() => find(folder, "other")).toThrow(
      /fold-0\.json: is of a run with other options or images than config\.json/,
    )
    expect(readdirSync(at(folder))).toHaveLength(5)
  })
})

it("a folder that goes on has its files as they were, in the order of the folds", async () => {
  const folder = await tempFolder()
  const adapter = { kind: "software", name: "none", backend: "none" } as never
  const source = { kind: "phantom", count: 16, seed: 3, byType: false } as const
  const config = runConfig({ command: [], adapter, exact: false, train: short, source }, data, new Date(0))
  const results = await crossValidate(gpu, data, short)
  const run = RunFolder.create(folder, data, config)
  run.take({ type: "compile", pipelines: [{ kernel: "relu", milliseconds: 1.5 }], seconds: 2 })
  for (const result of results) {
    for (const row of result.history) run.take({ type: "epoch", epochs: 2, ...row })
    run.take({ type: "fold-end", result })
  }
  run.end()
  const all = () => readdirSync(folder).map((name) => [name, readFileSync(path.join(folder, name), "base64")])
  const before = all()
  for (const name of ["history.csv", "predictions.csv"]) writeFileSync(path.join(folder, name), "damaged")
  RunFolder.resume(folder, data, config, { finished: results.toReversed(), history: [] }).end()
  expect(all()).toEqual(before)
})

it("values in a checked file come back as they were, also those that JSON does not have", async () => {
  const file = path.join(await tempFolder(), "a.json")
  const value = { a: [Number.NaN, Infinity, -Infinity, -0, 0, 5e-324, 0.1], b: null, c: { text: "NaN" } }
  writeChecked(file, value)
  const schema = object({ a: list(anyNumber) })
  expect(readChecked(file, schema)).toEqual(value)
  expect(Object.is(readChecked(file, schema).a[3], -0)).toBe(true)
})
