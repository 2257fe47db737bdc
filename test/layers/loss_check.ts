/**
 * Losses and their gradients against float64, for a cotangent or, where none is given, from 1 on.
 */

import { compare, draw, plain } from "../../bench/reference/gradcheck.ts"
import * as plainly from "../../bench/reference/references.ts"
import { bceWithLogits } from "../../src/layers/bce_with_logits.ts"
import { softmaxCrossEntropy } from "../../src/layers/softmax_cross_entropy.ts"
import type { TensorGpu } from "../../src/tensor/tensor_gpu.ts"

const POS_WEIGHT = 2

/** n logits. */
export async function checkBce(gpu: TensorGpu, n: number, cotangent?: number): Promise<void> {
  const [x, t] = [draw([n], 1), draw([n], 2).map((value) => Number(value > 0))]
  const logits = gpu.tensor([n], x)
  const y = bceWithLogits(logits, gpu.tensor([n], t, { requiresGrad: false }), { posWeight: POS_WEIGHT })
  y.backward(cotangent === undefined ? undefined : gpu.tensor([], [cotangent]))
  const dx = plain([n])
  x.forEach((value, i) => {
    const slope = (1 - t[i]) / (1 + Math.exp(-value)) - (POS_WEIGHT * t[i]) / (1 + Math.exp(value))
    dx.data[i] = ((cotangent ?? 1) * slope) / n
  })
  const label = { name: `bceWithLogits of ${n}, dy ${cotangent}`, terms: 1, atol: 1e-9 }
  compare(label, "y", await y.read(), plainly.bceWithLogits(POS_WEIGHT)(plain([n], x), plain([n], t)))
  compare(label, "dx", await logits.grad!.read(), dx)
  gpu.endStep()
}

/** n rows of so many classes. */
export async function checkSoftmax(gpu: TensorGpu, n: number, classes: number, cotangent?: number): Promise<void> {
  const x = draw([n, classes], 1)
  const t = Float32Array.from({ length: n }, (_, row) => (row * 5 + 1) % classes)
  const logits = gpu.tensor([n, classes], x)
  const y = softmaxCrossEntropy(logits, gpu.tensor([n], t, { requiresGrad: false }))
  y.backward(cotangent === undefined ? undefined : gpu.tensor([], [cotangent]))
  const dx = plain([n, classes])
  for (let row = 0; row < n; row++) {
    const own = Array.from(x.subarray(row * classes, (row + 1) * classes), Math.exp)
    const all = own.reduce((sum, value) => sum + value)
    own.forEach((value, c) => {
      dx.data[row * classes + c] = ((cotangent ?? 1) * (value / all - Number(c === t[row]))) / n
    })
  }
  const label = { name: `softmaxCrossEntropy of ${n} x ${classes}, dy ${cotangent}`, terms: 1, atol: 1e-8 }
  compare(label, "y", await y.read(), plainly.softmaxCrossEntropy(plain([n, classes], x), plain([n], t)))
  compare(label, "dx", await logits.grad!.read(), dx)
  gpu.endStep()
}
