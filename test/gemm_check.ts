/** Runs gemm.wgsl between guards and compares every element with float64. */
import { type Block, type GemmOptions, type GemmSizes, planGemm } from "../src/layers/gemm.ts"
import type { TensorGpu } from "../src/tensor/tensor_gpu.ts"
import { compare, draw, plain } from "./gradcheck.ts"
import { guarded } from "./guarded.ts"

/** Throws naming the first element that is off, was not written, or lies outside. */
export async function checkGemm(gpu: TensorGpu, sizes: GemmSizes, options: GemmOptions, block?: Block): Promise<void> {
  const { m, n, k } = sizes
  const { aTransposed, bTransposed, relu } = options
  const aShape = aTransposed ? [k, m] : [m, k]
  const bShape = bTransposed ? [n, k] : [k, n]
  const [a, b, bias] = [draw(aShape, 1), draw(bShape, 2), draw([n], 3)]
  const expected = plain([m, n])
  for (let row = 0; row < m; row++)
    for (let column = 0; column < n; column++) {
      let sum = options.bias ? bias[column] : 0
      for (let i = 0; i < k; i++)
        sum += a[aTransposed ? i * m + row : row * k + i] * b[bTransposed ? column * k + i : i * n + column]
      expected.data[row * n + column] = relu ? Math.max(sum, 0) : sum
    }
  const y = guarded(gpu, [m, n])
  const on = (shape: number[], data: Float32Array) => guarded(gpu, shape, data).tensor
  const tensors = { a: on(aShape, a), b: on(bShape, b), bias: on([n], bias), y: y.tensor }
  const plan = planGemm(sizes, options, block)
  gpu.run(plan.kernel, tensors, plan.params, plan.threads, plan.consts)
  compare({ name: `gemm ${JSON.stringify({ ...sizes, ...options })}`, terms: k }, "y", await y.read(), expected)
  gpu.endStep()
}
