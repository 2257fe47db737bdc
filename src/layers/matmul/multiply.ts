/** Products of matrices by the kernels that the adapter has for large ones; matmul, dense and their gradients ask here. */
import { type GemmOptions, type GemmSizes, type GemmTensors, gemm, usesGemm } from "./gemm.ts"
import { planTiles, runTiles } from "./tiles.ts"

/**
 * y = A B, and what else there are tensors for.
 *
 * @returns false where the op's plain kernels are better; nothing is done then
 */
export function multiply(
  tensors: GemmTensors,
  sizes: GemmSizes,
  options: Pick<GemmOptions, "aTransposed" | "bTransposed" | "relu"> = {},
): boolean {
  const { y, bias, gate, rows } = tensors
  if (usesGemm(y)) {
    gemm(tensors, sizes, options)
    return true
  }
  const more = { bias: Boolean(bias), gated: Boolean(gate), rows: Boolean(rows) }
  const plan = planTiles(y.gpu.adapter, sizes, { ...options, ...more })
  if (!plan) return false
  runTiles(plan, tensors, options.relu)
  return true
}
