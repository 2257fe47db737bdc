/** What the tape does beside an op's own gradient, against gradients worked out by hand. */

import { compare, plain } from "../../bench/reference/gradcheck.ts"
import { Dense, dense } from "../../src/layers/matmul/dense.ts"
import { mul } from "../../src/layers/mul.ts"
import { mean, sum } from "../../src/layers/sum.ts"
import type { TensorGpu } from "../../src/tensor/tensor_gpu.ts"

/** A backward without a cotangent starts from 1. */
export async function checkStart(gpu: TensorGpu): Promise<void> {
  const x = gpu.tensor([3], [1, -2, 3])
  mean(mul(x, x)).backward()
  compare({ name: "mean of squares", terms: 1 }, "dx", await x.grad!.read(), plain([3], [2 / 3, -4 / 3, 2]))
  gpu.endStep()
}

/** `gpu.ones` is full of ones. */
export async function checkOnes(gpu: TensorGpu): Promise<void> {
  compare({ name: "ones", terms: 1 }, "y", await gpu.ones([3]).read(), plain([3], [1, 1, 1]))
  gpu.endStep()
}

/** What a parameter gets from two uses is added up in its place in the pack. */
export async function checkUsedTwice(gpu: TensorGpu): Promise<void> {
  const layer = new Dense(2, 2, { bias: false }).to(gpu)
  const [weight] = layer.parameters()
  gpu.write(weight.slice, Float32Array.of(1, 2, 3, 4))
  const x = gpu.tensor([1, 2], [1, -1])
  sum(dense(dense(x, weight), weight)).backward()
  // y = 1'W(Wx): dW = 1 (Wx)' + W'1 x' with Wx = (-1,-1), W'1 = (4,6).
  const expected = plain([2, 2], [-1 + 4, -1 - 4, -1 + 6, -1 - 6])
  compare({ name: "W used twice", terms: 1 }, "dW", await weight.grad!.read(), expected)
  const inPack = (await gpu.read(weight.pack.grads)).subarray(0, 4)
  compare({ name: "W used twice", terms: 1 }, "the pack's dW", inPack, expected)
  gpu.endStep()
}
