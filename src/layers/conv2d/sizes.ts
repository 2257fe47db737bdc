/** What a convolution is: its sizes, and what the same kernel does to y besides. */
import type { Plan } from "../../gpu/plan.ts"
import { checkRank, checkShape, checkWhole, windowOutput } from "../../tensor/check.ts"
import { show, type Tensor } from "../../tensor/tensor.ts"

export interface Conv2dOptions {
  stride?: number
  /** Zeros around the input, in pixels. */
  padding?: number
  /** Steps between the pixels under a window; 1 unless given, where they touch. */
  dilation?: number
  /**
   * Output and input channels are cut into so many groups, each of which knows no other; 1 unless
   * given. With as many groups as channels the convolution is called depthwise.
   */
  groups?: number
}

/** Sizes of a convolution: x [N,C,H,W], w [O,C/G,KH,KW], y [N,O,OH,OW]. */
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
  dilation: number
  groups: number
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
  { stride = 1, padding = 0, dilation = 1, groups = 1 }: Conv2dOptions,
): Conv2dSizes {
  checkRank(op, "x", x, 4)
  checkRank(op, "w", w, 4)
  checkWhole(op, "stride", stride, 1)
  checkWhole(op, "padding", padding, 0)
  checkWhole(op, "dilation", dilation, 1)
  const [n, c, h, wide] = x.shape
  const [o, wc, kh, kw] = w.shape
  checkGroups(op, groups, c, o)
  if (wc * groups !== c) {
    const expected = groups > 1 ? `${wc} in each of ${groups} groups` : wc
    throw new Error(`${op}: x has ${c} channels ${show(x.shape)}, w expects ${expected} ${show(w.shape)}`)
  }
  if (b) checkShape(op, "b", b, [o], `w ${show(w.shape)}`)
  const oh = windowOutput(op, h, kh, stride, padding, dilation)
  const ow = windowOutput(op, wide, kw, stride, padding, dilation)
  return { n, c, h, w: wide, o, oh, ow, kh, kw, stride, padding, dilation, groups }
}

/** @throws unless the channels can be cut into so many groups. */
export function checkGroups(op: string, groups: number, inputs: number, outputs: number): void {
  checkWhole(op, "groups", groups, 1)
  if (inputs % groups === 0 && outputs % groups === 0) return
  throw new Error(
    `${op}: groups is ${groups}, expected a number that divides ${inputs} input and ${outputs} output channels`,
  )
}

/** The same for y, dx and dw. */
export const multiplyAdds = ({ n, o, oh, ow, c, kh, kw, groups }: Conv2dSizes): number =>
  (n * o * oh * ow * c * kh * kw) / groups

/** Whether each output channel reads all input channels, through windows without gaps. */
export const isDense = ({ groups, dilation }: Conv2dSizes): boolean => groups === 1 && dilation === 1
