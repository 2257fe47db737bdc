/** Frozen layers: what stays, bit for bit, and what no gradient is computed for. */
import { describe, expect, it } from "vitest"
import { draw } from "../../bench/reference/gradcheck.ts"
import {
  BatchNorm2d,
  Conv2d,
  clipGradNorm,
  Dense,
  Dropout,
  Flatten,
  freeze,
  MaxPool2d,
  ReLU,
  Sequential,
} from "../../src/index.ts"
import { frozenParameters } from "../../src/layers/freeze.ts"
import { optimizerNames } from "../../src/train/config.ts"
import { makeOptimizer } from "../../src/train/recipe.ts"
import { snapshot } from "../../src/weights/weights.ts"
import { openForTests } from "../support/open.ts"

const gpu = await openForTests()

/** Two blocks, as small has them, and the fused kinds of layers. */
const network = () =>
  new Sequential({
    conv1: new Conv2d(1, 3, { kernel: 3, padding: 1, bias: false }),
    bn1: new BatchNorm2d(3),
    relu1: new ReLU(),
    pool1: new MaxPool2d({ kernel: 2 }),
    conv10: new Conv2d(3, 4, { kernel: 3, padding: 1 }),
    relu2: new ReLU(),
    pool2: new MaxPool2d({ kernel: 2 }),
    bn2: new BatchNorm2d(4),
    flatten: new Flatten(),
    drop: new Dropout({ p: 0.5 }),
    fc: new Dense(16, 5),
    relu3: new ReLU(),
    head: new Dense(5, 1),
  })

const SHAPE = [4, 1, 8, 8]
const DEEP = ["conv1", "bn1"]

/** One step of training, as a run does it, and every gradient that it left. */
async function step(model: Sequential, seed = 1) {
  model.train()
  const y = model.forward(gpu.tensor(SHAPE, draw(SHAPE, seed), { requiresGrad: false }))
  y.backward(gpu.tensor(y.shape, draw(y.shape, seed + 100), { requiresGrad: false }))
  const reached = model.parameters().filter(({ hasGradient }) => hasGradient)
  const gradients = await Promise.all(reached.map(async ({ name, grad }) => [name, await grad!.read()] as const))
  return { y, gradients: new Map(gradients) }
}

describe("frozen layers", () => {
  it.each([[DEEP], [["conv10"]], [["bn2", "fc"]], [["conv1.weight", "head.bias", "bn2.weight"]]])(
    "%j: the other gradients are those of the same network without frozen parameters, in the same mode",
    async (prefixes) => {
      const model = network().to(gpu, { seed: 2 })
      freeze(model, prefixes)
      const { gradients } = await step(model)
      gpu.endStep()
      const other = network().to(gpu, { seed: 2 })
      for (const [path, module] of other.modules()) module.frozen = prefixes.includes(path)
      const all = (await step(other)).gradients
      gpu.endStep()
      const frozen = frozenParameters(model, prefixes)
      expect([...gradients.keys()]).toEqual([...all.keys()].filter((name) => !frozen.includes(name)))
      for (const [name, values] of gradients) expect([name, ...values]).toEqual([name, ...all.get(name)!])
    },
  )

  it("are not gone back through: nothing below the lowest trained layer is noted", async () => {
    const dispatches = async (prefixes: string[]) => {
      const model = network().to(gpu)
      if (prefixes.length > 0) freeze(model, prefixes)
      const before = gpu.counters.dispatches
      const { y } = await step(model)
      const taken = gpu.counters.dispatches - before
      const noted: string[] = []
      for (let node = y.node; node; node = node.inputs[0].node) noted.push(node.name)
      gpu.endStep()
      return { taken, noted }
    }
    const [none, deep, deeper] = [await dispatches([]), await dispatches(DEEP), await dispatches([...DEEP, "conv10"])]
    expect(none.noted).toEqual(["dense", "dense", "dropout", "reshape", "batchNorm2d", "conv2dReluMaxPool2d", "batchNorm2dReluMaxPool2d", "conv2d"]) // biome-ignore format: a list
    expect(deep.noted).toEqual(none.noted.slice(0, -2))
    expect(deeper.noted).toEqual(none.noted.slice(0, -3))
    expect(none.taken).toBeGreaterThan(deep.taken)
    expect(deep.taken).toBeGreaterThan(deeper.taken)
  })

  it.each(optimizerNames)(
    "stay as they are, bit for bit, under %s with weight decay and clipping",
    async (optimizer) => {
      const model = network().to(gpu, { seed: 4 })
      const prefixes = [...DEEP, "bn2", "fc.weight"]
      freeze(model, prefixes)
      const config = { optimizer, lr: 0.05, weightDecay: 0.1, schedule: "constant", epochs: 1 } as const
      const updates = makeOptimizer(config, model.parameters())
      const before = await snapshot(model)
      for (let i = 0; i < 3; i++) {
        await step(model, i)
        clipGradNorm(model.parameters(), 0.1)
        updates.step()
        gpu.endStep()
      }
      const moved = [...(await snapshot(model))].filter(([name, { data }]) =>
        data.some((v, i) => v !== before.get(name)!.data[i]),
      )
      expect(moved.map(([name]) => name)).toEqual([
        "conv10.weight",
        "conv10.bias",
        "fc.bias",
        "head.weight",
        "head.bias",
      ])
      const { states } = await updates.state()
      for (const parameter of model.parameters().filter(({ requiresGrad }) => !requiresGrad))
        for (const [state] of Object.values(states))
          expect([...state.subarray(parameter.offset, parameter.offset + parameter.size)].every((v) => v === 0)).toBe(
            true,
          )
    },
  )

  it("count nothing when gradients are clipped", async () => {
    const model = network().to(gpu, { seed: 5 })
    freeze(model, ["conv1", "fc"])
    const { gradients } = await step(model)
    const [norm] = await clipGradNorm(model.parameters(), 1).read()
    gpu.endStep()
    expect(norm).toBeCloseTo(Math.hypot(...[...gradients.values()].flatMap((values) => [...values])), 4)
  })

  it("act as in evaluation, also while the others train", () => {
    const model = network().to(gpu)
    freeze(model, ["bn1", "conv1", "fc"])
    model.train()
    const training = (path: string) => [...model.modules()].find(([name]) => name === path)![1].training
    expect(["bn1", "bn2", "drop", "fc"].map(training)).toEqual([false, true, true, false])
    model.eval()
    expect(["bn1", "bn2"].map(training)).toEqual([false, false])
  })

  it.each([
    [["conv"], '"conv" freezes nothing: no parameter is called so or lies below. Layers with parameters: conv1, bn1, conv10, bn2, fc, head'], // biome-ignore format: a pair
    [["conv1", "relu1"], '"relu1" freezes nothing'],
    [["conv1", "bn1", "conv10", "bn2", "fc", "head"], "conv1,bn1,conv10,bn2,fc,head freezes everything: no parameter is left to train."], // biome-ignore format: a pair
  ])("%j is refused", (prefixes, message) => {
    expect(() => frozenParameters(network(), prefixes)).toThrow(message)
  })

  it("are chosen by whole names: conv1 is not conv10", () => {
    expect(frozenParameters(network(), ["conv1"])).toEqual(["conv1.weight"])
    expect(frozenParameters(new Sequential(network(), new Dense(1, 1)), ["0.fc", "0.bn1"])).toEqual([
      "0.bn1.weight",
      "0.bn1.bias",
      "0.fc.weight",
      "0.fc.bias",
    ])
  })
})
