/** What a convolution is: its sizes, and what the same kernel does to y besides. */
import type { Plan } from "../../gpu/plan.ts"
import { checkRank, checkShape, checkWhole, windowOutput } from "../../tensor/check.ts"
import { show, type Tensor } from "../../tensor/tensor.ts"

export interface Conv2dOptions {
  stride?: number
  /** Zeros around the input, in pixels. */
  padding?: number
}

/** Sizes of a convolution: x [N,C,H,W], w [O,C,KH,KW], y [N,O,OH,OW]. */
export interface Conv2dSizes {
  n: number
  c: number
  h: number
  w: number
  o: number
  oh: number
  ow: number
  kh: number
  kw: number
  stride: number
  padding: number
}

/** What follows the sum in the same kernel. */
export interface Epilogue {
  /** b is added. */
  bias?: boolean
  /** y = max(y, 0) */
  relu?: boolean
  /** ReLU and 2 x 2 max-pooling follow, and come before the gradients; oh and ow are even. */
  pool?: boolean
}

/** The three sums of a convolution: y, dx, and dw with db. */
export type Pass = "forward" | "input" | "weight"

/** Work for a kernel. */
export interface Convolution extends Epilogue {
  sizes: Conv2dSizes
}

/** A dispatch of a pass, and what sets its kernel apart from the plain one. */
export interface ConvolutionPlan extends Plan {
  /** The kernel binds won, also if nothing is pooled. */
  bindsWon?: boolean
  /** The forward kernel, with dy for x and dx for y. */
  overDy?: boolean
  /** The kernel leaves dw and db in so many parts, which are then added up. */
  parts?: number
}

/** The sizes of a convolution, after all checks of its tensors and options. */
export function conv2dSizes(
  op: string,
  x: Tensor,
  w: Tensor,
  b: Tensor | null | undefined,
  { stride = 1, padding = 0 }: Conv2dOptions,
): Conv2dSizes {
  checkRank(op, "x", x, 4)
  checkRank(op, "w", w, 4)
  checkWhole(op, "stride", stride, 1)
  checkWhole(op, "padding", padding, 0)
  const [n, c, h, wide] = x.shape
  const [o, wc, kh, kw] = w.shape
  if (wc !== c) throw new Error(`${op}: x has ${c} channels ${show(x.shape)}, w expects ${wc} ${show(w.shape)}`)
  if (b) checkShape(op, "b", b, [o], `w ${show(w.shape)}`)
  const oh = windowOutput(op, h, kh, stride, padding)
  const ow = windowOutput(op, wide, kw, stride, padding)
  return { n, c, h, w: wide, o, oh, ow, kh, kw, stride, padding }
}

/**
 * Without the last row or column of y if 2 x 2 windows leave one over: pooling does not see it.
 */
export const pooledSizes = (sizes: Conv2dSizes): Conv2dSizes => ({
  ...sizes,
  oh: sizes.oh - (sizes.oh % 2),
  ow: sizes.ow - (sizes.ow % 2),
})

/** The same for y, dx and dw. */
export const multiplyAdds = ({ n, o, oh, ow, c, kh, kw }: Conv2dSizes): number => n * o * oh * ow * c * kh * kw
