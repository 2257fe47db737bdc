/**
 * The dispatches of convolution as a product of matrices, for GPUs: see docs/conv2d.md. Any stride and padding; none
 * where the window has more than the 15 rows or columns of which the kernels keep a bit each.
 *
 * Not yet timed on a GPU.
 */

import { type Block, blockConsts, blocksOf, chooseBlock, invocations } from "../matmul/gemm.ts"
import type { Conv2dSizes, Epilogue, Plan } from "./tiles.ts"

const fits = ({ kh, kw }: Conv2dSizes): boolean => kh <= 15 && kw <= 15

/** y of tensors x, w, b, y. */
export function forwardGemm(
  sizes: Conv2dSizes,
  { bias = false, relu = false }: Partial<Epilogue>,
  block?: Block,
): Plan | undefined {
  const { n, c, o, oh, ow, kh, kw } = sizes
  return product("conv2d_gemm", sizes, [o, n * oh * ow, c * kh * kw], { BIAS: bias, RELU: relu }, block)
}

/** dx of tensors w, dy, dx. */
export function inputGemm(sizes: Conv2dSizes, block?: Block): Plan | undefined {
  const { n, c, h, w, o, kh, kw } = sizes
  return product("conv2d_backward_input_gemm", sizes, [c, n * h * w, o * kh * kw], {}, block)
}

function product(
  kernel: string,
  sizes: Conv2dSizes,
  [m, n, k]: [m: number, n: number, k: number],
  flags: Plan["consts"],
  block = chooseBlock(m, n),
): Plan | undefined {
  if (!fits(sizes)) return undefined
  const consts = { ...blockConsts(block, k), KH: sizes.kh, KW: sizes.kw, ...flags }
  return { kernel, params: paramsOf(sizes), consts, threads: [blocksOf(m, n, block) * invocations(block)] }
}

/** So many workgroups are enough for a large GPU; and so few pixels are not worth a part of their own. */
const ENOUGH_WORKGROUPS = 512
const FEW_PIXELS = 128

/** part of tensors x, dy, part; sumWide makes dw and db of it. */
export function weightGemm(sizes: Conv2dSizes, block?: Block, splits?: number): Plan | undefined {
  if (!fits(sizes)) return undefined
  const { n, c, o, oh, ow, kh: KH, kw: KW } = sizes
  const pixels = n * oh * ow
  const columns = c * KH * KW + 1 // the last is the bias
  const size = block ?? chooseBlock(o, columns, true)
  const blocks = blocksOf(o, columns, size)
  const enough = Math.min(Math.ceil(ENOUGH_WORKGROUPS / blocks), Math.ceil(pixels / FEW_PIXELS))
  const params = { ...paramsOf(sizes), splits: splits ?? enough, first_split: 0 }
  return {
    kernel: "conv2d_backward_weight_gemm",
    params,
    consts: { ...blockConsts(size, pixels), KH, KW },
    threads: [blocks * params.splits * invocations(size)],
  }
}

/** Elements that a workgroup of conv2d_backward_weight_sum_wide adds up, and the invocations that share each. */
const [ELEMENTS, SHARES] = [16, 16]

/** dw and db of tensors part, dw, db. */
export function sumWide({ splits, dw, o }: Record<"splits" | "dw" | "o", number>): Plan {
  const SIZE = ELEMENTS * SHARES
  const threads = [Math.ceil((dw + o) / ELEMENTS) * SIZE]
  return { kernel: "conv2d_backward_weight_sum_wide", params: { splits, dw, o }, consts: { SIZE, SHARES }, threads }
}

/** What the kernels take as params; the window's size is a const. */
function paramsOf({ kh, kw, ...params }: Conv2dSizes) {
  return params
}
