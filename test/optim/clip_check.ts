/** Clipping by norm against the same in float64. */

import { compare, plain } from "../../bench/reference/gradcheck.ts"
import { mul } from "../../src/layers/mul.ts"
import { sum } from "../../src/layers/sum.ts"
import { clipGradNorm } from "../../src/optim/clip.ts"
import { type Parameter, ParameterPack } from "../../src/tensor/parameters.ts"
import type { TensorGpu } from "../../src/tensor/tensor_gpu.ts"

/**
 * Parameters whose gradients are the given numbers: the loss is their product's sum. Between two of
 * them lies one that the loss does not depend on, so that they are no stretch of memory.
 */
export function withGradients(gpu: TensorGpu, gradients: ArrayLike<number>[]): Parameter[] {
  const shapes = gradients.flatMap(({ length }, i) => [
    { name: `p${i}`, shape: [length] },
    { name: `unused${i}`, shape: [3] },
  ])
  const { list } = new ParameterPack(gpu, shapes)
  gradients.forEach((gradient, i) => {
    sum(mul(list[2 * i], gpu.tensor([gradient.length], gradient, { requiresGrad: false }))).backward()
  })
  return list
}

/** Throws where the norm that is returned or a gradient after it is off. */
export async function checkClip(gpu: TensorGpu, gradients: ArrayLike<number>[], maxNorm: number): Promise<void> {
  const parameters = withGradients(gpu, gradients)
  const before = await clipGradNorm(parameters, maxNorm).read()
  const clipped = await Promise.all(parameters.flatMap(({ grad }) => grad?.read() ?? []))
  gpu.endStep()
  const squares = gradients.flatMap((gradient) => Array.from(gradient, (g) => g * g))
  const norm = Math.sqrt(squares.reduce((a, b) => a + b))
  const factor = Math.min(1, maxNorm / (norm + 1e-6))
  const label = { name: "clipGradNorm", terms: 1, atol: 1e-7, rtol: 1e-5 }
  compare(label, "norm", before, plain([], [norm]))
  clipped.forEach((gradient, i) => {
    const expected = Array.from(gradients[i], (g) => g * factor)
    compare(label, `g${i}`, gradient, plain([expected.length], expected))
  })
}
