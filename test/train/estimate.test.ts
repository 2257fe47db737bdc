/** What a training will take, as it says before it starts, and what `cnn summary` counts. */
import { describe, expect, it } from "vitest"
import { networks } from "../../src/models/networks.ts"
import { crossValidate, makeContext, planFolds } from "../../src/train/cross_validation.ts"
import { defaultConfig } from "../../src/train/defaults.ts"
import { estimate, imagesToCome } from "../../src/train/estimate.ts"
import type { TrainEvent } from "../../src/train/events.ts"
import { stepMemory } from "../../src/train/step_memory.ts"
import { phantomDataset } from "../support/drawn.ts"
import { openForTests } from "../support/open.ts"

const gpu = await openForTests()
const data = phantomDataset({ count: 16, seed: 3, size: 22 })
const config = { ...defaultConfig, folds: 2, epochs: 4, batch: 4 }
const plan = planFolds(data, config)

describe("the estimate", () => {
  it("comes once, before the first fold, and changes nothing", async () => {
    const events: TrainEvent[] = []
    const emit = (event: TrainEvent) => events.push(event)
    const estimated = await crossValidate(gpu, data, config, { emit, estimated: true })
    const types = events.map(({ type }) => type)
    expect(types.filter((type) => type === "estimate")).toHaveLength(1)
    expect(types.indexOf("first-step")).toBeLessThan(types.indexOf("estimate"))
    expect(types.indexOf("estimate")).toBeLessThan(types.indexOf("fold"))
    const plain = await crossValidate(gpu, data, config)
    expect(estimated.map(({ weights }) => weights)).toEqual(plain.map(({ weights }) => weights))
  })

  it("counts the images of the epochs that are left", () => {
    const split = { train: [1, 2, 3, 4], validation: [5, 6, 7], test: [8, 9, 10] }
    const folds = [0, 1].map((fold) => ({ repeat: 0, fold, split }))
    // 5 epochs of 4 images and a third of 3, and a third of 3 at the end.
    expect(imagesToCome({ epochs: 5 }, folds, null)).toBeCloseTo(2 * (5 * 5 + 1), 9)
    expect(imagesToCome({ epochs: 5 }, folds, { repeat: 0, fold: 1, epoch: 4 })).toBeCloseTo(26 + 2 * 5 + 1, 9)
  })

  it("has the weights of the folds that are left, and all buffers", async () => {
    const context = makeContext(gpu, data, config, { emit: () => {} })
    const [both, one] = [await estimate(context, plan, null), await estimate(context, plan.slice(1), null)]
    const numbers = [...context.model.stateDict().values()].reduce((sum, { size }) => sum + size, 0)
    expect([both.weights, one.weights]).toEqual([8 * numbers, 4 * numbers])
    expect(one).toMatchObject({ checkpoint: both.checkpoint, memory: gpu.arena.bytes, atMost: false })
  })

  it("may be too much where folds end early", async () => {
    const context = makeContext(gpu, data, { ...config, keep: "best", patience: 1 }, { emit: () => {} })
    expect((await estimate(context, plan, null)).atMost).toBe(true)
  })
})

describe("the memory of a step", () => {
  it("is counted by what it is for, with the optimiser's states and a batch's activations", () => {
    const of = (changes: object) =>
      stepMemory(gpu, networks.small.build(32, 1), { size: 32, classes: 2, config: { ...defaultConfig, ...changes } })
    const adam = of({})
    const { buffers } = gpu.arena
    const sgd = of({ optimizer: "sgd", batch: 32 })
    expect(adam.gradients).toBe(adam.parameters)
    expect([adam.optimizer, sgd.optimizer]).toEqual([2 * adam.parameters, adam.parameters])
    const numbers = networks.small.build(32, 1).summary([1, 1, 32, 32]).parameters
    expect(adam.parameters).toBeGreaterThanOrEqual(4 * numbers)
    expect(adam.parameters).toBeLessThan(4 * numbers + 256 * 14)
    // Four norms: means, variances, counts.
    expect(adam.statistics).toBe(4 * (2 * (8 + 16 + 32 + 64) + 4))
    // Not twice: parts of sums do not grow with the batch; some adapters have more of them.
    expect(sgd.activations).toBeGreaterThan(1.3 * adam.activations)
    expect(sgd.activations).toBeLessThan(2.5 * adam.activations)
    // Parameters, gradients, states, statistics, totals, hyperparameters: nothing of a step.
    expect(gpu.arena.buffers - buffers).toBe(2 + 1 + 12 + 2)
  })
})
