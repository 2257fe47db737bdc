/**
 * Convolution as a product of matrices, for GPUs: see docs/conv2d_gpu.md. Any stride and padding;
 * none if the window has more than the 15 rows or columns of which the kernels keep a bit each, nor
 * for groups or dilation.
 */
import type { Plan } from "../../gpu/plan.ts"
import { blockConsts, blockName, blocksOf, chooseBlock, invocations } from "../matmul/gemm.ts"
import { type Conv2dSizes, isDense } from "./sizes.ts"

/** In words, for people. */
export const GEMM = "a GPU, window at most 15x15"

export const fitsGemm = (sizes: Conv2dSizes): boolean => isDense(sizes) && sizes.kh <= 15 && sizes.kw <= 15

/** Plans a result [m,n] whose elements are sums over k; undefined if the kernels are not for it. */
export function convolutionGemm(
  kernel: string,
  sizes: Conv2dSizes,
  [m, n, k]: [m: number, n: number, k: number],
  flags: Plan["consts"] = {},
  block = chooseBlock(m, n),
): Plan | undefined {
  if (!fitsGemm(sizes)) return undefined
  const consts = { ...blockConsts(block, k), KH: sizes.kh, KW: sizes.kw, ...flags }
  const threads = [blocksOf(m, n, block) * invocations(block)]
  return { kernel, params: gemmParams(sizes), threads, consts, variant: blockName(block) }
}

/** What the kernels take as params; the window's size is a const, and all are for one group. */
export function gemmParams({ kh, kw, dilation, groups, ...params }: Conv2dSizes) {
  return params
}
