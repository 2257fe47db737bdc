/** A training step that repeats makes nothing new: no buffer, bind group, pipeline, uniform, nor a readback. */
import { describe, expect, it } from "vitest"
import {
  BatchNorm2d,
  bceWithLogits,
  Conv2d,
  Dense,
  Dropout,
  Flatten,
  MaxPool2d,
  ReLU,
  Sequential,
  type Tensor,
} from "../src/index.ts"
import { Adam } from "../src/optim/adam.ts"
import { draw } from "./gradcheck.ts"
import { openForTests } from "./open.ts"

const gpu = await openForTests()

const model = new Sequential(
  new Conv2d(1, 4, { kernel: 3, padding: 1 }),
  new BatchNorm2d(4),
  new ReLU(),
  new MaxPool2d({ kernel: 2 }),
  new Dropout({ p: 0.25 }),
  new Flatten(),
  new Dense(64, 1),
).to(gpu, { seed: 3 })
const optimizer = new Adam(model.parameters(), { lr: 0.01 })
const labels = [0, 1, 1, 0, 1, 0]

function step(seed: number): Tensor {
  const images = gpu.tensor([6, 1, 8, 8], draw([6, 1, 8, 8], seed), { requiresGrad: false })
  const loss = bceWithLogits(model.forward(images), gpu.tensor([6, 1], labels, { requiresGrad: false }))
  loss.backward()
  optimizer.step()
  return loss
}

/** Everything that must stand still: counters but the dispatches and submits that a step is made of. */
function made() {
  const { dispatches, submits, ...rest } = gpu.counters
  return { ...rest, buffers: gpu.arena.buffers, bytes: gpu.arena.bytes }
}

describe("a steady training step", () => {
  it("makes nothing, and is one submit", () => {
    for (let i = 0; i < 2; i++) {
      step(i)
      gpu.endStep()
    }
    const before = made()
    const { submits } = gpu.counters
    for (let i = 0; i < 5; i++) {
      step(i)
      gpu.endStep()
    }
    expect(made()).toEqual(before)
    expect(gpu.counters.submits - submits).toBe(5)
    expect(before.readbacks).toBe(0)
  })

  it("neither in a thousand steps, of which the process does not grow", async () => {
    const run = async (steps: number) => {
      for (let i = 0; i < steps; i++) {
        step(i % 7)
        gpu.endStep()
        await gpu.pace()
      }
      await gpu.done()
    }
    await run(100)
    globalThis.gc?.()
    const [before, memory] = [made(), process.memoryUsage().rss]
    await run(1000)
    globalThis.gc?.()
    expect(made()).toEqual(before)
    // A leak of one small object of 64 KiB a step would be 64 MiB.
    expect((process.memoryUsage().rss - memory) / 2 ** 20).toBeLessThan(40)
  }, 300_000)

  it("compiles ahead all that it runs, and moves neither statistics nor the dropout's draws", async () => {
    const state = async () =>
      Promise.all([...model.stateDict().values()].map(async (tensor) => [...(await tensor.read())]))
    const before = await state()
    const { steps } = optimizer
    const kernels = await gpu.compile(() => void step(0))
    expect(kernels).toEqual([])
    expect(await state()).toEqual(before)
    expect(optimizer.steps).toBe(steps)
    step(0)
    gpu.endStep()
    expect(await state()).not.toEqual(before)
  })
})
