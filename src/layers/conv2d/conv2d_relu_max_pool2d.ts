/**
 * y = maxPool2d(relu(conv2d(x, w, b)), { kernel: 2 }) in one pass, if the adapter has kernels
 * for it: between the three ops lie two tensors of four times the size of y, and two as large again
 * on the way back. Elsewhere in two passes.
 *
 * dy reaches the z = conv2d(x, w, b) that won its window; from there dx, dw and db are those of
 * conv2d.
 *
 * x [N,C,H,W]   w [O,C,KH,KW]   b [O]   y [N,O,PH,PW] with PH = floor(OH / 2).
 */
import { overRows } from "../../tensor/rows.ts"
import { op } from "../../tensor/tape.ts"
import { show, type Tensor } from "../../tensor/tensor.ts"
import { runBackwardInput } from "./backward_input.ts"
import { runBackwardWeight } from "./backward_weight.ts"
import { inPieces, planOf } from "./choose.ts"
import { convolve, inputGradient, weightGradient } from "./conv2d.ts"
import { runForward } from "./forward.ts"
import { type Conv2dOptions, type Conv2dSizes, conv2dSizes } from "./sizes.ts"

const NAME = "conv2dReluMaxPool2d"

export const conv2dReluMaxPool2d = op(NAME, {
  forward(x: Tensor, w: Tensor, b?: Tensor | null, options: Conv2dOptions = {}) {
    const { gpu } = x
    const sizes = conv2dSizes(NAME, x, w, b, options)
    const { n, o, oh, ow } = sizes
    if (oh < 2 || ow < 2) {
      throw new Error(`${NAME}: the convolution of x ${show(x.shape)} gives ${oh}x${ow} pixels, a window needs 2x2`)
    }
    const shape = [n, o, oh >> 1, ow >> 1]
    const [y, won] = [gpu.empty(shape), gpu.empty(shape)]
    const work = { sizes, bias: Boolean(b), pool: true }
    const pieces = inPieces("forward", gpu.adapter, work, [x, y, won])
    for (const { plan, rows } of pieces) {
      const [x, y, won] = rows
      runForward(plan, { x, w, b, y, won })
    }
    if (pieces.length === 0) {
      const z = gpu.empty([n, o, oh, ow])
      convolve({ x, w, b, y: z }, sizes)
      overRows([z, y, won], ([x, y, won]) => gpu.run("relu_max_pool2d", { x, y, won }, windowSizes(x), [y.size]))
    }
    return { y, won, sizes }
  },
  backward(dy, { won, sizes }, x, w, b) {
    const { gpu } = x
    const work = { sizes, pool: true }
    let dense: Tensor | undefined
    /** The gradient of the convolution's output, for kernels that want it whole. */
    const dz = (): Tensor => (dense ??= unpooled(dy, won, sizes))
    const dx = x.requiresGrad ? x.gradient() : null
    if (dx) {
      const pieces = inPieces("input", gpu.adapter, work, [dy, won, dx])
      for (const { plan, rows } of pieces) {
        const [dy, won, dx] = rows
        runBackwardInput(plan, { w, dy, won, dx })
      }
      if (pieces.length === 0) inputGradient({ w, dy: dz(), dx }, sizes)
    }
    const dw = w.requiresGrad ? w.gradient() : null
    const db = b?.requiresGrad ? b.gradient() : null
    const plan = planOf("weight", gpu.adapter, work)
    if (dw && plan) runBackwardWeight(plan, { x, dy, won }, { dw, db }, sizes)
    else if (dw || db) weightGradient({ x, dy: dz(), dw, db }, sizes)
    return [dx, dw, db]
  },
})

const windowSizes = ({ shape: [n, c, h, w] }: Tensor) => ({ planes: n * c, h, w, ph: h >> 1, pw: w >> 1 })

function unpooled(dy: Tensor, won: Tensor, sizes: Conv2dSizes): Tensor {
  const { n, o, oh, ow } = sizes
  const dx = dy.gpu.empty([n, o, oh, ow])
  overRows([dy, won, dx], ([dy, won, dx]) => {
    const params = windowSizes(dx)
    const windows = params.planes * Math.ceil(oh / 2) * Math.ceil(ow / 2)
    dx.gpu.run("relu_max_pool2d_backward_input", { dy, won, dx }, params, [windows])
  })
  return dx
}
