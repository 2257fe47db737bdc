/**
 * y[n,o,i,j] = b[o] + sum_{c,p,q} w[o,c,p,q] * x[n,c,i*s+p-pad,j*s+q-pad]
 *
 * x [N,C,H,W]   w [O,C,KH,KW]   b [O]   y [N,O,OH,OW] with OH = floor((H + 2 pad - KH) / s) + 1.
 * As https://pytorch.org/docs/stable/generated/torch.nn.Conv2d.html
 */
import { checkChannels, checkRank, checkShape, checkWhole, windowOutput } from "../tensor/check.ts"
import { op } from "../tensor/tape.ts"
import { show, type Shape, type Tensor } from "../tensor/tensor.ts"
import { constant, heNormal, type Init } from "./init.ts"
import { type Conv2dSizes, planBackwardInput, planBackwardWeight, planForward } from "./conv2d_kernels.ts"
import { Module, type ParameterSpec } from "./module.ts"

export interface Conv2dOptions {
  stride?: number
  /** Zeros around the input, in pixels. */
  padding?: number
}

function sizes(x: Tensor, w: Tensor, { stride = 1, padding = 0 }: Conv2dOptions) {
  checkRank("conv2d", "x", x, 4)
  checkRank("conv2d", "w", w, 4)
  checkWhole("conv2d", "stride", stride, 1)
  checkWhole("conv2d", "padding", padding, 0)
  const [n, c, h, wide] = x.shape
  const [o, wc, kh, kw] = w.shape
  if (wc !== c) throw new Error(`conv2d: x has ${c} channels ${show(x.shape)}, w expects ${wc} ${show(w.shape)}`)
  const oh = windowOutput("conv2d", h, kh, stride, padding)
  const ow = windowOutput("conv2d", wide, kw, stride, padding)
  return { n, c, h, w: wide, o, oh, ow, kh, kw, stride, padding }
}

export const conv2d = op("conv2d", {
  forward(x: Tensor, w: Tensor, b?: Tensor | null, options: Conv2dOptions = {}) {
    const params = sizes(x, w, options)
    if (b) checkShape("conv2d", "b", b, [params.o], `w ${show(w.shape)}`)
    const y = x.gpu.empty([params.n, params.o, params.oh, params.ow])
    const plan = planForward(x.gpu.adapter, params, Boolean(b))
    x.gpu.run(plan.kernel, { x, w, b: b ?? w, y }, plan.params, plan.threads, plan.consts)
    return y
  },
  backward(dy, _y, x, w, b, options = {}) {
    const params = sizes(x, w, options)
    const dx = x.requiresGrad ? x.gradient() : null
    if (dx) backwardInput(w, dy, dx, params)
    const dw = w.requiresGrad ? w.gradient() : null
    const db = b?.requiresGrad ? b.gradient() : null
    backwardParameters(x, dy, dw, db, params)
    return [dx, dw, db]
  },
})

function backwardInput(w: Tensor, dy: Tensor, dx: Tensor, sizes: Conv2dSizes): void {
  const { kernel, params, threads, consts } = planBackwardInput(w.gpu.adapter, sizes)
  const tensors: Record<string, Tensor> = kernel === "conv2d_tile" ? { x: dy, w, b: w, y: dx } : { w, dy, dx }
  w.gpu.run(kernel, tensors, params, threads, consts)
}

function backwardParameters(x: Tensor, dy: Tensor, dw: Tensor | null, db: Tensor | null, sizes: Conv2dSizes): void {
  const { gpu } = x
  const { kernel, params, threads, consts } = planBackwardWeight(gpu.adapter, sizes)
  const { n, c, o, oh, ow, kh, kw } = sizes
  if (dw && params.splits) {
    const taps = o * c * kh * kw
    const part = gpu.empty([params.splits, taps + o])
    gpu.run(kernel, { x, dy, part }, params, threads, consts)
    const both = { part, dw, db: db ?? gpu.empty([o]) }
    gpu.run("conv2d_backward_weight_sum", both, { splits: params.splits, dw: taps, o }, [taps + o])
    return
  }
  if (dw) gpu.run(kernel, { x, dy, dw }, params, threads, consts)
  if (db) gpu.run("conv2d_backward_bias", { dy, db }, { n, o, pixels: oh * ow }, [o * 64])
}

/** The layer of `conv2d`: weight [out, in, kernel, kernel], He-initialised; bias [out], zero at first. */
export class Conv2d extends Module {
  readonly stride: number
  readonly padding: number
  readonly kernel: number
  readonly bias: boolean
  readonly #init: Init

  constructor(
    readonly inChannels: number,
    readonly outChannels: number,
    {
      kernel,
      stride = 1,
      padding = 0,
      bias = true,
      init = heNormal,
    }: Conv2dOptions & { kernel: number; bias?: boolean; init?: Init },
  ) {
    super()
    for (const [option, size] of Object.entries({ inChannels, outChannels, kernel, stride }))
      checkWhole("Conv2d", option, size, 1)
    checkWhole("Conv2d", "padding", padding, 0)
    this.kernel = kernel
    this.stride = stride
    this.padding = padding
    this.bias = bias
    this.#init = init
  }

  override parameterSpecs(): Record<string, ParameterSpec> {
    const { inChannels, outChannels, kernel } = this
    const weight = { shape: [outChannels, inChannels, kernel, kernel], init: this.#init }
    return this.bias ? { weight, bias: { shape: [outChannels], init: constant(0) } } : { weight }
  }

  override forward(x: Tensor): Tensor {
    const { stride, padding } = this
    return conv2d(x, this.parameter("weight"), this.bias ? this.parameter("bias") : null, { stride, padding })
  }

  override outputShape(shape: Shape): Shape {
    checkChannels("Conv2d", shape, this.inChannels)
    const [n, , h, w] = shape
    const extent = (size: number) => windowOutput("Conv2d", size, this.kernel, this.stride, this.padding)
    return [n, this.outChannels, extent(h), extent(w)]
  }

  override multiplyAdds(shape: Shape): number {
    const [n, o, oh, ow] = this.outputShape(shape)
    return n * o * oh * ow * this.inChannels * this.kernel ** 2
  }
}
