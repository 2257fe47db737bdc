/** Runs gemm.wgsl between guards and compares every element with float64. */
import { type Block, type GemmOptions, type GemmSizes, planGemm } from "../src/layers/gemm.ts"
import type { TensorGpu } from "../src/tensor/tensor_gpu.ts"
import { compare, draw, plain } from "./gradcheck.ts"
import { guarded } from "./guarded.ts"

/** Throws naming the first element that is off, was not written, or lies outside. */
export async function checkGemm(gpu: TensorGpu, sizes: GemmSizes, options: GemmOptions, block?: Block): Promise<void> {
  const { m, n, k } = sizes
  const { aTransposed, bTransposed, relu, gated } = options
  const aShape = aTransposed ? [k, m] : [m, k]
  const bShape = bTransposed ? [n, k] : [k, n]
  const [a, b, bias, gate] = [draw(aShape, 1), draw(bShape, 2), draw([n], 3), draw(aShape, 4)]
  const at = (row: number, i: number) => (aTransposed ? i * m + row : row * k + i)
  const left = (row: number, i: number) => (gated && gate[at(row, i)] <= 0 ? 0 : a[at(row, i)])
  const [expected, rowSums] = [plain([m, n]), plain([m])]
  for (let row = 0; row < m; row++)
    for (let column = 0; column < n; column++) {
      let sum = options.bias ? bias[column] : 0
      for (let i = 0; i < k; i++) sum += left(row, i) * b[bTransposed ? column * k + i : i * n + column]
      expected.data[row * n + column] = relu ? Math.max(sum, 0) : sum
    }
  for (let row = 0; row < m; row++) for (let i = 0; i < k; i++) rowSums.data[row] += left(row, i)
  const [y, rows] = [guarded(gpu, [m, n]), guarded(gpu, [m])]
  const on = (shape: number[], data: Float32Array) => guarded(gpu, shape, data).tensor
  const given = { a: on(aShape, a), b: on(bShape, b), bias: on([n], bias), gate: on(aShape, gate) }
  const plan = planGemm(sizes, options, block)
  gpu.run(plan.kernel, { ...given, y: y.tensor, rows: rows.tensor }, plan.params, plan.threads, plan.consts)
  const label = { name: `gemm ${JSON.stringify({ ...sizes, ...options })}`, terms: k }
  compare(label, "y", await y.read(), expected)
  if (options.rows) compare(label, "rows", await rows.read(), rowSums)
  gpu.endStep()
}
