/** The training of folds on a set small enough to train many times. */
import { describe, expect, it } from "vitest"
import { fitTemperature } from "../../src/eval/temperature.ts"
import { chooseThreshold } from "../../src/eval/threshold.ts"
import { headFor } from "../../src/models/head.ts"
import { balanced, imageOf } from "../../src/train/batches.ts"
import type { TrainConfig } from "../../src/train/config.ts"
import { crossValidate } from "../../src/train/cross_validation.ts"
import { defaultConfig, defaultPatience } from "../../src/train/defaults.ts"
import type { Emit } from "../../src/train/events.ts"
import { positiveWeight } from "../../src/train/fold.ts"
import { inferenceBatch } from "../../src/train/inference.ts"
import { phantomDataset } from "../support/drawn.ts"
import { openForTests } from "../support/open.ts"

const gpu = await openForTests()
const data = phantomDataset({ count: 16, seed: 3, size: 22 })
const small: TrainConfig = { ...defaultConfig, keep: "best", folds: 2, batch: 8, schedule: "constant" }

const run = (config: Partial<TrainConfig>, options = {}) => crossValidate(gpu, data, { ...small, ...config }, options)

describe("early stopping", () => {
  // Nothing is learned at this rate, and without batch normalisation nothing else changes from
  // epoch to epoch.
  const idle = { model: "reference", lr: 1e-30, epochs: 6 }

  it("ends a fold after `patience` epochs without a better validation loss", async () => {
    for (const { history, bestEpoch } of await run({ ...idle, patience: 3 })) {
      expect(history.map(({ best }) => best)).toEqual([true, false, false, false])
      expect(new Set(history.map(({ validationLoss }) => validationLoss)).size).toBe(1)
      expect(bestEpoch).toBe(1)
    }
  })

  it("has no say where the last epoch's weights are kept", async () => {
    for (const { history, bestEpoch } of await run({ ...idle, patience: 3, keep: "last" })) {
      expect(history).toHaveLength(6)
      expect(bestEpoch).toBe(6)
    }
  })

  it("is off with patience 0", async () => {
    for (const { history } of await run({ ...idle, patience: 0 })) expect(history).toHaveLength(6)
  })

  it("is on where the best epoch is kept, and gives half of a schedule time to come to something", () => {
    expect(defaultConfig.patience).toBe(defaultPatience(defaultConfig.epochs))
    expect([1, 2, 11, 12].map(defaultPatience)).toEqual([1, 1, 6, 6])
  })

  it("keeps the weights of the best epoch: those of a run that ends with it", async () => {
    const [long] = await run({ epochs: 6, patience: 0, lr: 0.03 })
    expect(long.history).toHaveLength(6)
    expect(long.bestEpoch).toBeLessThan(6)
    const losses = long.history.map(({ validationLoss }) => validationLoss!)
    expect(losses[long.bestEpoch - 1]).toBe(Math.min(...losses))
    const [short] = await run({ epochs: long.bestEpoch, patience: 0, lr: 0.03 })
    expect(short.bestEpoch).toBe(long.bestEpoch)
    expect(long.weights).toEqual(short.weights)
    expect(long.predictions).toEqual(short.predictions)
  })
})

describe("the seed", () => {
  it("decides on the weights a fold begins with, as well as on what it comes to", async () => {
    const once = async (seed: number) => (await run({ epochs: 1, lr: 1e-30, patience: 0, seed }))[0]
    const [three, four] = [await once(3), await once(4)]
    expect(three.weights).not.toEqual(four.weights)
    expect(three.predictions).not.toEqual(four.predictions)
    expect((await once(3)).weights).toEqual(three.weights)
  })
})

describe("labels", () => {
  it.each([2, 255])("that are no class are refused before anything is trained: %i", async (label) => {
    const wrong = { ...data, labels: data.labels.map((own, i) => (i === 5 ? label : own)) }
    await expect(crossValidate(gpu, wrong, small)).rejects.toThrow(
      `The label of ${data.files[5]} is ${label}, expected 0 to 1: an index into the classes ${data.classes.join(", ")}.`,
    )
  })
})

describe("classes of different sizes", () => {
  const labels = Uint8Array.from({ length: 20 }, (_, i) => (i < 3 ? 1 : 0))
  const indices = [...labels.keys()]

  it("come equally often where sampling is balanced, no image much more often than another of its class", () => {
    const draws = balanced({ labels }, indices, 1, 1)
    expect(draws).toHaveLength(20)
    expect(new Set(draws).size).toBe(20)
    const images = draws.map((draw) => imageOf(draw, { labels }))
    const times = (image: number) => images.filter((other) => other === image).length
    expect([0, 1, 2].map(times).sort()).toEqual([3, 3, 4])
    expect(Math.max(...indices.slice(3).map(times))).toBe(1)
    expect(balanced({ labels }, indices, 1, 1)).toEqual(draws)
    expect(balanced({ labels }, indices, 1, 2)).not.toEqual(draws)
  })

  it("weigh the same with the weight auto", () => {
    expect(positiveWeight({ posWeight: "auto" }, { labels }, indices)).toBe(17 / 3)
    expect(positiveWeight({ posWeight: "auto" }, { labels }, [4, 5])).toBe(1)
    expect(positiveWeight({ posWeight: 2 }, { labels }, indices)).toBe(2)
    expect(headFor(2, 4).lossOf([1], 1)).toBe(4 * headFor(2).lossOf([1], 1))
    expect(headFor(2, 4).lossOf([1], 0)).toBe(headFor(2).lossOf([1], 0))
  })

  it("make another network where the positive class weighs more", async () => {
    const short = { epochs: 1, patience: 0 }
    const [plain] = await run(short)
    const [same] = await run({ ...short, posWeight: 1 })
    const [heavy] = await run({ ...short, posWeight: 10 })
    const [even] = await run({ ...short, sampling: "balanced" })
    const mean = ({ predictions }: typeof plain) => predictions.reduce((sum, { logits }) => sum + logits[0], 0)
    expect(same.predictions).toEqual(plain.predictions)
    expect(mean(heavy)).toBeGreaterThan(mean(plain))
    expect(even.predictions).not.toEqual(plain.predictions)
  })
})

describe("what a fold answers", () => {
  it("is decided on its validation images alone", async () => {
    for (const { split, validation, threshold, temperature, predictions } of await run({ epochs: 2 })) {
      expect(validation.map(({ index }) => index)).toEqual(split.validation)
      const labels = validation.map(({ index }) => data.labels[index])
      const logits = validation.map((said) => said.logits)
      expect(threshold).toEqual(chooseThreshold(labels, logits.flat(), { rule: "youden" }))
      expect(temperature).toEqual(fitTemperature(logits, labels))
      for (const { logits, answer, calibrated } of predictions) {
        expect(answer).toBe(logits[0] > threshold!.logit ? 1 : 0)
        expect(calibrated).toEqual(headFor(2).probabilities([logits[0] / temperature.value]))
      }
    }
  })

  it("is of other folds and weights in each repeat", async () => {
    const results = await run({ epochs: 1, repeats: 2 })
    expect(results.map(({ repeat, fold }) => [repeat, fold])).toEqual([
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ])
    expect(results[2].split.test).not.toEqual(results[0].split.test)
    const once = await run({ epochs: 1 })
    expect(once.map(({ predictions }) => predictions)).toEqual(
      results.slice(0, 2).map(({ predictions }) => predictions),
    )
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
  expect([16, 128, 129, 256, 512, 1024, 4096].map(inferenceBatch)).toEqual([64, 64, 63, 16, 4, 1, 1])
})
