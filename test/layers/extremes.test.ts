/**
 * What comes of numbers and images at the edge: the formulas have an answer there, and it is given.
 */
import { describe, expect, it } from "vitest"
import type { Dataset } from "../../src/data/dataset.ts"
import { fitTemperature } from "../../src/eval/temperature.ts"
import { answerAt, chooseThreshold } from "../../src/eval/threshold.ts"
import { batchNorm2d } from "../../src/layers/batch_norm2d.ts"
import { bceWithLogits } from "../../src/layers/bce_with_logits.ts"
import { softmaxCrossEntropy } from "../../src/layers/softmax_cross_entropy.ts"
import { headFor } from "../../src/models/head.ts"
import type { TrainConfig } from "../../src/train/config.ts"
import { crossValidate } from "../../src/train/cross_validation.ts"
import { defaultConfig } from "../../src/train/defaults.ts"
import { phantomDataset } from "../support/drawn.ts"
import { openForTests } from "../support/open.ts"

const gpu = await openForTests()
const HUGE = 1e4
const fixed = { requiresGrad: false }

describe("logits of +-1e4", () => {
  // A few are one workgroup's, many are several kernels' work.
  it.each([1, 500])("binary cross-entropy is 0 or 1e4, its gradient 0 or 1: %i times over", async (times) => {
    const repeated = (values: number[]) => Array.from({ length: times }, () => values).flat()
    const n = 4 * times
    const x = gpu.tensor([n], repeated([HUGE, HUGE, -HUGE, -HUGE]))
    const y = bceWithLogits(x, gpu.tensor([n], repeated([1, 0, 1, 0]), fixed))
    y.backward()
    const slopes = [0, 1, -1, 0].map((slope) => Math.fround(slope / n))
    expect((await y.read())[0]).toBeCloseTo(HUGE / 2, 2)
    // A zero may be -0.
    expect([...(await x.grad!.read())].map((value) => value + 0)).toEqual(repeated(slopes))
    gpu.endStep()
  })

  it.each([1, 500])("softmax cross-entropy is 0 or 2e4, its gradient 0 or 1: %i times over", async (times) => {
    const n = 2 * times
    const rows = Array.from({ length: n }, () => [HUGE, -HUGE, 0]).flat()
    const x = gpu.tensor([n, 3], rows)
    const classes = Array.from({ length: n }, (_, row) => row % 2)
    const y = softmaxCrossEntropy(x, gpu.tensor([n], classes, fixed))
    y.backward()
    expect((await y.read())[0]).toBeCloseTo(HUGE, 2)
    const one = Math.fround(1 / n)
    expect([...(await x.grad!.read())].slice(0, 6).map((value) => value + 0)).toEqual([0, 0, 0, one, -one, 0])
    gpu.endStep()
  })

  it("have probabilities, a loss, a temperature and a threshold", () => {
    const two = headFor(2)
    expect([two.probabilities([HUGE]), two.probabilities([-HUGE])]).toEqual([
      [0, 1],
      [1, 0],
    ])
    expect([two.lossOf([HUGE], 1), two.lossOf([HUGE], 0), two.lossOf([-HUGE], 1)]).toEqual([0, HUGE, HUGE])
    const three = headFor(3)
    expect(three.probabilities([HUGE, -HUGE, -HUGE])).toEqual([1, 0, 0])
    expect([three.lossOf([HUGE, -HUGE, 0], 0), three.lossOf([HUGE, -HUGE, 0], 1)]).toEqual([0, 2 * HUGE])
    const logits = [HUGE, HUGE, HUGE, -HUGE, -HUGE]
    const labels = [1, 1, 0, 0, 0]
    // Two of three right where it says yes, all where it says no: the best is one answer for each,
    // as sure as it was right.
    const { value } = fitTemperature(
      logits.map((logit) => [logit]),
      labels,
    )
    expect(Number.isFinite(value) && value > 1000).toBe(true)
    const threshold = chooseThreshold(labels, logits, { rule: "youden" })
    expect(logits.map((logit) => answerAt(logit, threshold))).toEqual([1, 1, 1, 0, 0])
  })
})

describe("batch norm over numbers without spread", () => {
  const [w, b] = [gpu.persistent([1], [3]), gpu.persistent([1], [5])]

  it("gives the shift in training, and passes no gradient on", async () => {
    const x = gpu.tensor([2, 1, 1, 1], [7, 7])
    const y = batchNorm2d(x, w, b, { training: true })
    y.backward(gpu.tensor([2, 1, 1, 1], [1, 1]))
    expect([...(await y.read())]).toEqual([5, 5])
    for (const value of await x.grad!.read()) expect(value).toBeCloseTo(0, 5)
    gpu.endStep()
  })

  it("over one number is refused in training, and is the formula in inference", async () => {
    const one = gpu.tensor([1, 1, 1, 1], [7])
    expect(() => batchNorm2d(one, w, b, { training: true })).toThrow(
      "batchNorm2d: in training expected more than 1 value per channel, x is [1,1,1,1]: use larger batches or images",
    )
    const running = { runningMean: gpu.persistent([1], [3]), runningVar: gpu.persistent([1], [4]) }
    const [y] = await batchNorm2d(one, w, b, running).read()
    expect(y).toBeCloseTo(((7 - 3) / Math.sqrt(4 + 1e-5)) * 3 + 5, 5)
    gpu.endStep()
  })
})

describe("a training", () => {
  const drawn = phantomDataset({ count: 16, seed: 3, size: 32 })
  const short: TrainConfig = { ...defaultConfig, folds: 2, epochs: 2, batch: 4 }
  const numbers = (results: Awaited<ReturnType<typeof crossValidate>>) =>
    results.flatMap(({ weights, predictions, history }) => [
      ...[...weights.values()].flatMap(({ data }) => [...data]),
      ...predictions.flatMap(({ logits, probabilities, calibrated }) => [...logits, ...probabilities, ...calibrated]),
      ...history.flatMap(({ loss, validationLoss }) => [loss, validationLoss]),
    ])

  it.each([
    ["all-zero images", "small", 0],
    ["all-zero images", "reference", 0],
    ["white images", "small", 255],
    ["gray images", "reference", 99],
  ])("on %s comes to an answer, the same for each: %s", async (_, model, gray) => {
    const blank: Dataset = { ...drawn, pixels: new Uint8Array(drawn.pixels.length).fill(gray) }
    const results = await crossValidate(gpu, blank, { ...short, model, augment: null })
    expect(numbers(results).every(Number.isFinite)).toBe(true)
    for (const { predictions, normalisation } of results) {
      expect(normalisation.sd).toBe(1)
      expect(new Set(predictions.map(({ logits }) => logits[0])).size).toBe(1)
    }
  })

  it.each(["small", "reference"])(
    "with a few constant images among others has numbers throughout: %s",
    async (model) => {
      const pixels = drawn.pixels.slice()
      const area = drawn.size ** 2
      for (const [i, gray] of [0, 255, 128].entries()) pixels.fill(gray, i * 5 * area, (i * 5 + 1) * area)
      const results = await crossValidate(gpu, { ...drawn, pixels }, { ...short, model })
      expect(numbers(results).every(Number.isFinite)).toBe(true)
    },
  )

  it.each(["small", "reference"])("with batches of one has numbers throughout: %s", async (model) => {
    const results = await crossValidate(gpu, drawn, { ...short, model, batch: 1, epochs: 1 })
    expect(numbers(results).every(Number.isFinite)).toBe(true)
  })

  it("with batches of one whose images come to one number a channel is refused before it begins", async () => {
    const tiny = phantomDataset({ count: 16, seed: 3, size: 16 })
    const events: string[] = []
    const run = crossValidate(gpu, tiny, { ...short, batch: 1 }, { emit: ({ type }) => void events.push(type) })
    await expect(run).rejects.toThrow(/more than 1 value per channel, x is \[1,64,1,1\]: use larger batches or images/)
    expect(events).not.toContain("fold")
  })
})
