/** A run of recorded steps is a run of the same steps op by op, bit for bit. */
import { describe, expect, it } from "vitest"
import {
  BatchNorm2d,
  Conv2d,
  Dense,
  Dropout,
  Flatten,
  GlobalAvgPool,
  MaxPool2d,
  type Module,
  ReLU,
  Residual,
  Sequential,
} from "../../src/index.ts"
import { headFor } from "../../src/models/head.ts"
import { batches, normalisation, shuffled } from "../../src/train/batches.ts"
import { optimizerNames, type TrainConfig } from "../../src/train/config.ts"
import { defaultConfig } from "../../src/train/defaults.ts"
import { EpochTotals } from "../../src/train/epoch_totals.ts"
import { Inference } from "../../src/train/inference.ts"
import { makeOptimizer, makeSchedule } from "../../src/train/recipe.ts"
import { TrainStep } from "../../src/train/train_step.ts"
import { phantomDataset } from "../support/drawn.ts"
import { openForTests } from "../support/open.ts"

const gpu = await openForTests()
const EPOCHS = 3
/**
 * Batches of 3 and of 4 in training, of 5 and of 6 in inference, which is none of the training's.
 */
const [TRAIN, VALIDATION] = [[...Array(11).keys()], [0, 1, 2, 3, 4, 5]]

const normalised = (outputs: number): Module[] => [
  ...[new Conv2d(1, 4, { kernel: 3, padding: 1, bias: false }), new BatchNorm2d(4), new ReLU()],
  ...[new MaxPool2d({ kernel: 2 }), new Conv2d(4, 6, { kernel: 3 }), new BatchNorm2d(6), new ReLU()],
  ...[new GlobalAvgPool(), new Dense(6, outputs)],
]
const plain = (outputs: number): Module[] => [
  ...[new Conv2d(1, 4, { kernel: 3 }), new ReLU(), new MaxPool2d({ kernel: 2 }), new Dropout({ p: 0.25 })],
  ...[new Flatten(), new Dense(4 * 7 * 7, 8), new ReLU(), new Dropout(), new Dense(8, outputs)],
]
/** Values that several layers use, and gradients that are added up. */
const residual = (outputs: number): Module[] => {
  const body = (from: number, to: number, stride: number) =>
    new Sequential(
      ...[new Conv2d(from, to, { kernel: 3, stride, padding: 1, bias: false }), new BatchNorm2d(to), new ReLU()],
      ...[new Conv2d(to, to, { kernel: 3, padding: 1, bias: false }), new BatchNorm2d(to)],
    )
  const shortcut = new Sequential(new Conv2d(4, 6, { kernel: 1, stride: 2, bias: false }), new BatchNorm2d(6))
  return [
    ...[new Conv2d(1, 4, { kernel: 3, padding: 1 }), new Residual(body(4, 4, 1), undefined, { relu: true })],
    ...[new Residual(body(4, 6, 2), shortcut), new GlobalAvgPool(), new Dense(6, outputs)],
  ]
}

/** All that a training leaves behind, and all that it showed meanwhile. */
async function trained(
  recorded: boolean,
  layers: (outputs: number) => Module[],
  given: Partial<TrainConfig>,
  byType: boolean,
) {
  const config = { ...defaultConfig, ...given, batch: 4, epochs: EPOCHS }
  const data = phantomDataset({ count: 14, seed: 3, size: 16, byType })
  const head = headFor(data.classes.length)
  const model = new Sequential(...layers(head.outputs)).to(gpu, { seed: 3 })
  const optimizer = makeOptimizer(config, model.parameters())
  const totals = new EpochTotals(gpu)
  const norm = normalisation(data, TRAIN)
  const step = new TrainStep({ gpu, data, config, head, model, optimizer, totals }, { seed: 5, norm })
  const inference = new Inference(gpu, model, data, norm)
  const logitsOf = async (indices: number[]) => {
    const logits = inference.runOps(indices)
    const values = [...(await logits.read())]
    gpu.endStep()
    return indices.map((_, i) => values.slice(i * head.outputs, (i + 1) * head.outputs))
  }
  const shown: unknown[] = []
  for (let epoch = 1; epoch <= EPOCHS; epoch++) {
    const order = batches(shuffled(TRAIN, 5, epoch), config.batch)
    expect(new Set(order.map(({ length }) => length))).toEqual(new Set([3, 4]))
    const schedule = makeSchedule(config, order.length)
    totals.reset()
    for (const [done, indices] of order.entries()) {
      optimizer.lr = schedule((epoch - 1) * order.length + done)
      if (recorded) step.run(indices, epoch)
      else step.runOps(indices, epoch)
      gpu.endStep()
      shown.push(await totals.read(TRAIN.length))
    }
    // Of two sizes, in other buffers than training's and in the same.
    const looked = epoch % 2 ? VALIDATION : VALIDATION.slice(1)
    shown.push(recorded ? await inference.logits(looked) : await logitsOf(looked))
  }
  const state = [...model.stateDict()].map(async ([name, tensor]) => [name, [...(await tensor.read())]])
  return { shown, state: await Promise.all(state), optimizer: await optimizer.state() }
}

async function expectSame(layers: typeof plain, config: Partial<TrainConfig>, byType = false) {
  const { replays, recordings } = gpu.counters
  const expected = await trained(false, layers, config, byType)
  expect(gpu.counters).toMatchObject({ replays, recordings })
  expect(await trained(true, layers, config, byType)).toEqual(expected)
  const all = EPOCHS * 3 + EPOCHS
  expect(gpu.counters).toMatchObject({ replays: replays + all - 4, recordings: recordings + 4 })
  expect(JSON.stringify(expected)).not.toContain("null")
}

describe("recorded training", () => {
  it.each(optimizerNames)("%s", async (optimizer) => {
    await expectSame(plain, { optimizer, weightDecay: 0.01, lr: 0.01, clip: optimizer === "rmsprop" ? 0.5 : 0 })
  })

  it.each(["one-cycle", "cosine", "step", "warm-up"] as const)("batch normalisation, %s", async (schedule) => {
    await expectSame(normalised, { schedule, lr: 0.05, clip: 0.1 })
  })

  it("residual blocks", async () => {
    await expectSame(residual, { lr: 0.01, clip: 1 })
  })

  it("without augmentation", async () => {
    await expectSame(plain, { augment: null, clip: 1 })
  })

  it("types", async () => {
    await expectSame(normalised, {}, true)
  })
})
