/** The training of folds on a set small enough to train many times. */
import { describe, expect, it } from "vitest"
import type { TrainConfig } from "../src/train/config.ts"
import { crossValidate } from "../src/train/cross_validation.ts"
import { defaultConfig, defaultPatience } from "../src/train/defaults.ts"
import { evaluationBatch } from "../src/train/evaluate.ts"
import type { Emit } from "../src/train/events.ts"
import { phantomDataset } from "./drawn.ts"
import { openForTests } from "./open.ts"

const gpu = await openForTests()
const data = phantomDataset({ count: 16, seed: 3, size: 22 })
const small: TrainConfig = { ...defaultConfig, folds: 2, batch: 8, schedule: "constant" }

const run = (config: Partial<TrainConfig>, options = {}) => crossValidate(gpu, data, { ...small, ...config }, options)

describe("early stopping", () => {
  // Nothing is learned at this rate, and without batch normalisation nothing else changes from epoch to epoch.
  const idle = { model: "seed", lr: 1e-30, epochs: 6 }

  it("ends a fold after `patience` epochs without a better validation loss", async () => {
    for (const { history, bestEpoch } of await run({ ...idle, patience: 3 })) {
      expect(history.map(({ best }) => best)).toEqual([true, false, false, false])
      expect(new Set(history.map(({ validationLoss }) => validationLoss)).size).toBe(1)
      expect(bestEpoch).toBe(1)
    }
  })

  it("is off with patience 0", async () => {
    for (const { history } of await run({ ...idle, patience: 0 })) expect(history).toHaveLength(6)
  })

  it("is on by default, and gives half of a schedule time to come to something", () => {
    expect(defaultConfig.patience).toBe(defaultPatience(defaultConfig.epochs))
    expect([1, 2, 11, 12].map(defaultPatience)).toEqual([1, 1, 6, 6])
  })

  it("keeps the weights of the best epoch: those of a run that ends with it", async () => {
    const [long] = await run({ epochs: 6, patience: 0, lr: 0.03 })
    expect(long.history).toHaveLength(6)
    expect(long.bestEpoch).toBeLessThan(6)
    const losses = long.history.map(({ validationLoss }) => validationLoss)
    expect(losses[long.bestEpoch - 1]).toBe(Math.min(...losses))
    const [short] = await run({ epochs: long.bestEpoch, patience: 0, lr: 0.03 })
    expect(short.bestEpoch).toBe(long.bestEpoch)
    expect(long.weights).toEqual(short.weights)
    expect(long.predictions).toEqual(short.predictions)
  })
})

describe("a run that is asked to end", () => {
  /** Asks in the first epoch of the second fold, and does something else as well. */
  const asked = (what: () => void) => {
    const abort = new AbortController()
    const emit: Emit = (event) => {
      if (event.type !== "epoch" || event.fold === 0) return
      abort.abort(new Error("interrupted"))
      what()
    }
    return run({ epochs: 2 }, { emit, signal: abort.signal })
  }

  it("gives the folds that are finished", async () => {
    expect((await asked(() => {})).map(({ fold }) => fold)).toEqual([0])
  })

  it("fails all the same where something goes wrong meanwhile", async () => {
    const full = () => {
      throw new Error("no space left on device")
    }
    await expect(asked(full)).rejects.toThrow("no space left on device")
  })
})

it("evaluates fewer of larger images at once, and at least one", () => {
  expect([16, 128, 129, 256, 512, 1024, 4096].map(evaluationBatch)).toEqual([64, 64, 63, 16, 4, 1, 1])
})
