/** Batch normalisation's running statistics against the same in float64. */

import { compare, draw, plain } from "../../bench/reference/gradcheck.ts"
import { batchNorm2d as reference } from "../../bench/reference/references.ts"
import { BatchNorm2d } from "../../src/layers/batch_norm2d.ts"
import type { TensorGpu } from "../../src/tensor/tensor_gpu.ts"

const MOMENTUM = 0.3

/**
 * Two batches in training, each of several slices of the kernels with means of their own, then one
 * in evaluation; throws naming what is off.
 */
export async function checkRunning(gpu: TensorGpu): Promise<void> {
  const layer = new BatchNorm2d(2, { momentum: MOMENTUM }).to(gpu)
  const shape = [3, 2, 67, 65]
  const plane = (i: number) => Math.floor(i / (67 * 65))
  const batches = [1, 2].map((seed) => draw(shape, seed).map((value, i) => value + 3 * plane(i)))
  const [mean, variance] = [
    [0, 0],
    [1, 1],
  ]
  for (const batch of batches) {
    layer.forward(gpu.tensor(shape, batch))
    gpu.endStep()
    for (const c of [0, 1]) {
      const own = [...batch].filter((_, i) => plane(i) % 2 === c)
      const average = own.reduce((a, b) => a + b) / own.length
      // Unbiased, as PyTorch keeps it.
      const spread = own.reduce((sum, value) => sum + (value - average) ** 2, 0) / (own.length - 1)
      mean[c] += MOMENTUM * (average - mean[c])
      variance[c] += MOMENTUM * (spread - variance[c])
    }
  }
  const y = await layer.eval().forward(gpu.tensor(shape, batches[0])).read()
  gpu.endStep()
  const state = layer.stateDict()
  const check = async (name: string, expected: number[]) =>
    compare({ name: "BatchNorm2d", terms: 1 }, name, await state.get(name)!.read(), plain([expected.length], expected))
  await check("running_mean", mean)
  await check("running_var", variance)
  await check("num_batches_tracked", [2])
  const expected = reference({ mean, variance })(plain(shape, batches[0]), plain([2], [1, 1]), plain([2]))
  compare({ name: "BatchNorm2d in evaluation", terms: 1 }, "y", y, expected)
}
