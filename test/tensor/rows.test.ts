/** Kernels that only move numbers, some rows at a time: to the same bits as at once. */
import { describe, expect, it } from "vitest"
import { draw } from "../../bench/reference/gradcheck.ts"
import {
  Adam,
  add,
  avgPool2d,
  batchNorm2d,
  clipGradNorm,
  Dense,
  dropout,
  globalAvgPool,
  leakyRelu,
  maxPool2d,
  mul,
  relu,
  relu6,
  sigmoid,
} from "../../src/index.ts"
import { augment, type Transform } from "../../src/layers/augment.ts"
import { batchNorm2dReluMaxPool2d } from "../../src/layers/batch_norm2d_relu_max_pool2d.ts"
import { conv2dReluMaxPool2d } from "../../src/layers/conv2d/conv2d_relu_max_pool2d.ts"
import { DropoutCounter } from "../../src/layers/dropout.ts"
import type { Tensor } from "../../src/tensor/tensor.ts"
import type { TensorGpu } from "../../src/tensor/tensor_gpu.ts"
import { openForTests } from "../support/open.ts"

const atOnce = await openForTests()
const inPieces = await openForTests()
inPieces.mostNumbers = 64 * 64

/** An image has 256 numbers; 37 of them are several pieces, the last one smaller. */
const SHAPE = [37, 4, 8, 8]

const moved = (tx: number): Transform => ({ matrix: [1, 0, 0, 1], tx, ty: 0, gain: 1, offset: 0 })
const channels = (gpu: TensorGpu) => [1, 2].map((seed) => gpu.tensor([4], draw([4], seed)))

const ops: Record<string, (x: Tensor) => Tensor> = {
  relu,
  relu6,
  leakyRelu,
  sigmoid,
  add: (x) => add(x, x),
  mul: (x) => mul(x, x),
  "maxPool2d, windows that tile": (x) => maxPool2d(x, { kernel: 2 }),
  "maxPool2d, windows that overlap": (x) => maxPool2d(x, { kernel: 3, stride: 1, padding: 1 }),
  avgPool2d: (x) => avgPool2d(x, { kernel: 2 }),
  globalAvgPool,
  dropout: (x) => dropout(x, { p: 0.3, counter: new DropoutCounter(5) }),
  batchNorm2d: (x) => {
    const [w, b] = channels(x.gpu)
    return batchNorm2d(x, w, b, { training: true, relu: true })
  },
  batchNorm2dReluMaxPool2d: (x) => {
    const [w, b] = channels(x.gpu)
    return batchNorm2dReluMaxPool2d(x, w, b, { training: true, kernel: 2 })
  },
  // With steps of 2 convolution and pooling go apart.
  conv2dReluMaxPool2d: (x) =>
    conv2dReluMaxPool2d(x, x.gpu.tensor([4, 4, 5, 5], draw([4, 4, 5, 5], 3)), undefined, { stride: 2, padding: 4 }),
  augment: (x) =>
    augment(
      x,
      Array.from({ length: 37 }, (_, i) => moved(i % 3)),
    ),
}

/** Bits of the result and of the gradient, and the dispatches that it took. */
async function computed(gpu: TensorGpu, op: (x: Tensor) => Tensor) {
  const before = gpu.counters.dispatches
  const x = gpu.tensor(SHAPE, draw(SHAPE, 1))
  const y = op(x)
  if (y.node) y.backward(gpu.tensor(y.shape, draw(y.shape, 2)))
  const dispatches = gpu.counters.dispatches - before
  const numbers = [await y.read(), ...(x.grad ? [await x.grad.read()] : [])]
  gpu.endStep()
  return { dispatches, bits: numbers.flatMap((part) => [...new Uint32Array(Float32Array.from(part).buffer)]) }
}

it.each(Object.entries(ops))("%s", async (_, op) => {
  const [whole, cut] = [await computed(atOnce, op), await computed(inPieces, op)]
  expect(cut.dispatches).toBeGreaterThan(whole.dispatches)
  expect(cut.bits).toEqual(whole.bits)
})

describe("an optimiser", () => {
  const updated = async (gpu: TensorGpu) => {
    const dense = new Dense(100, 200).to(gpu, { seed: 1 })
    const adam = new Adam(dense.parameters(), { lr: 0.1 })
    dense.forward(gpu.tensor([3, 100], draw([3, 100], 1))).backward(gpu.tensor([3, 200], draw([3, 200], 2)))
    const before = gpu.counters.dispatches
    adam.step()
    const dispatches = gpu.counters.dispatches - before
    const norm = clipGradNorm(dense.parameters(), 1e-3)
    const numbers = [await dense.parameters()[0].read(), await norm.read()]
    gpu.endStep()
    return { dispatches, weights: [...numbers[0]], norm: numbers[1][0] }
  }

  it("updates some of the weights at a time, and clips by the norm of all", async () => {
    const [whole, cut] = [await updated(atOnce), await updated(inPieces)]
    expect([whole.dispatches, cut.dispatches]).toEqual([1, 5])
    expect(cut.weights).toEqual(whole.weights)
    expect(cut.norm / whole.norm).toBeCloseTo(1, 6)
  })
})
