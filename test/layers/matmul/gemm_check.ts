/** Runs a product of matrices between guards and compares every element with float64. */

import { compare, draw, plain } from "../../../bench/reference/gradcheck.ts"
import { guarded } from "../../../bench/reference/guarded.ts"
import { type Block, planGemm, runGemm } from "../../../src/layers/matmul/gemm.ts"
import type { Product, ProductTensors } from "../../../src/layers/matmul/product.ts"
import type { Tensor } from "../../../src/tensor/tensor.ts"
import type { TensorGpu } from "../../../src/tensor/tensor_gpu.ts"

/** By gemm.wgsl. */
export const checkGemm = (gpu: TensorGpu, product: Product, block?: Block): Promise<void> =>
  checkProduct(gpu, product, (tensors) => runGemm(planGemm(product, block), tensors))

/** Throws naming the first element that is off, was not written, or lies outside. */
export async function checkProduct(
  gpu: TensorGpu,
  product: Product,
  run: (tensors: ProductTensors) => void,
): Promise<void> {
  const { m, n, k, aTransposed, bTransposed, relu, gated } = product
  const aShape = aTransposed ? [k, m] : [m, k]
  const bShape = bTransposed ? [n, k] : [k, n]
  const [a, b, bias] = [draw(aShape, 1), draw(bShape, 2), draw([n], 3)]
  // As a ReLU leaves it.
  const gate = draw(aShape, 4).map((value) => Math.max(value, 0))
  const at = (row: number, i: number) => (aTransposed ? i * m + row : row * k + i)
  const left = (row: number, i: number) => (gated && gate[at(row, i)] === 0 ? 0 : a[at(row, i)])
  const [expected, rowSums] = [plain([m, n]), plain([m])]
  for (let row = 0; row < m; row++)
    for (let column = 0; column < n; column++) {
      let sum = product.bias ? bias[column] : 0
      for (let i = 0; i < k; i++) sum += left(row, i) * b[bTransposed ? column * k + i : i * n + column]
      expected.data[row * n + column] = relu ? Math.max(sum, 0) : sum
    }
  for (let row = 0; row < m; row++) for (let i = 0; i < k; i++) rowSums.data[row] += left(row, i)
  const [y, rows] = [guarded(gpu, [m, n]), guarded(gpu, [m])]
  const on = (shape: number[], data: Float32Array): Tensor => guarded(gpu, shape, data).tensor
  const bound: ProductTensors = { a: on(aShape, a), b: on(bShape, b), y: y.tensor }
  if (product.bias) bound.bias = on([n], bias)
  if (gated) bound.gate = on(aShape, gate)
  if (product.rows) bound.rows = rows.tensor
  run(bound)
  const label = { name: `product ${JSON.stringify(product)}`, terms: k }
  compare(label, "y", await y.read(), expected)
  if (product.rows) compare(label, "rows", await rows.read(), rowSums)
  gpu.endStep()
}
