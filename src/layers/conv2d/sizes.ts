import { checkRank, checkShape, checkWhole, windowOutput } from "../../tensor/check.ts"
import { show, type Tensor } from "../../tensor/tensor.ts"
import type { Conv2dSizes } from "./tiles.ts"

export interface Conv2dOptions {
  stride?: number
  /** Zeros around the input, in pixels. */
  padding?: number
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
