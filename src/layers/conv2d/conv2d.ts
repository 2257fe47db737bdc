/**
 * y[n,o,i,j] = b[o] + sum_{c,p,q} w[o,c,p,q] * x[n,c,i*s+p-pad,j*s+q-pad]
 *
 * x [N,C,H,W]   w [O,C,KH,KW]   b [O]   y [N,O,OH,OW] with OH = floor((H + 2 pad - KH) / s) + 1.
 * As https://pytorch.org/docs/stable/generated/torch.nn.Conv2d.html
 */
import { checkChannels, checkWhole, windowOutput } from "../../tensor/check.ts"
import { op } from "../../tensor/tape.ts"
import type { Shape, Tensor } from "../../tensor/tensor.ts"
import { type LayerDescriptor, onnxWindow } from "../descriptor.ts"
import { constant, heNormal, type Init } from "../init.ts"
import { Module, type ParameterSpec } from "../module.ts"
import { reluGradient } from "../relu.ts"
import { runBackwardInput } from "./backward_input.ts"
import { runBackwardWeight } from "./backward_weight.ts"
import { inPieces, planOf } from "./choose.ts"
import { runForward } from "./forward.ts"
import { type Conv2dOptions, type Conv2dSizes, conv2dSizes } from "./sizes.ts"

export type { Conv2dOptions }

export const conv2d = op("conv2d", {
  /** @param options.relu y = max(conv2d, 0), with which a ReLU behind it is done */
  forward(x: Tensor, w: Tensor, b?: Tensor | null, options: Conv2dOptions & { relu?: boolean } = {}) {
    const sizes = conv2dSizes("conv2d", x, w, b, options)
    const y = x.gpu.empty([sizes.n, sizes.o, sizes.oh, sizes.ow])
    convolve({ x, w, b, y }, sizes, options.relu)
    return { y, sizes }
  },
  backward(given, { y, sizes }, x, w, b, { relu } = {}) {
    // A pass of its own: each dy is loaded several times by either gradient's kernel, and y would
    // be as often.
    const dy = relu ? reluGradient(y, given) : given
    const dx = x.requiresGrad ? x.gradient() : null
    if (dx) inputGradient({ w, dy, dx }, sizes)
    const dw = w.requiresGrad ? w.gradient() : null
    const db = b?.requiresGrad ? b.gradient() : null
    weightGradient({ x, dy, dw, db }, sizes)
    return [dx, dw, db]
  },
})

/** Fills y by the kernel that suits adapter and shape. @param relu y = max(y, 0) */
export function convolve(
  { x, w, b, y }: { x: Tensor; w: Tensor; b?: Tensor | null; y: Tensor },
  sizes: Conv2dSizes,
  relu?: boolean,
): void {
  const work = { sizes, bias: Boolean(b), relu }
  for (const { plan, rows } of inPieces("forward", x.gpu.adapter, work, [x, y])) {
    const [x, y] = rows
    runForward(plan, { x, w, b, y })
  }
}

/** Fills dx. */
export function inputGradient({ w, dy, dx }: Record<"w" | "dy" | "dx", Tensor>, sizes: Conv2dSizes): void {
  for (const { plan, rows } of inPieces("input", w.gpu.adapter, { sizes }, [dy, dx])) {
    const [dy, dx] = rows
    runBackwardInput(plan, { w, dy, dx })
  }
}

/** Fills dw and db, those that are wanted. */
export function weightGradient(
  { x, dy, dw, db }: { x: Tensor; dy: Tensor; dw: Tensor | null; db: Tensor | null },
  sizes: Conv2dSizes,
): void {
  const plan = dw ? planOf("weight", x.gpu.adapter, { sizes }) : undefined
  runBackwardWeight(plan, { x, dy }, { dw, db }, sizes)
}

/**
 * The layer of `conv2d`: weight [out, in, kernel, kernel], He-initialised; bias [out], zero at
 * first.
 */
export class Conv2d extends Module {
  static readonly descriptor: LayerDescriptor<Conv2d> = {
    torch: {
      type: "Conv2d",
      options: {
        in_channels: "inChannels",
        out_channels: "outChannels",
        kernel_size: "kernel",
        stride: "stride",
        padding: "padding",
        bias: "bias",
      },
      layer: ({ inChannels, outChannels, ...options }) => new Conv2d(inChannels, outChannels, options),
    },
    onnx: (layer) => [
      { op: "Conv", inputs: ["x", "weight", ...(layer.bias ? ["bias"] : [])], attributes: onnxWindow(layer) },
    ],
    featureMap: "begins",
    lesson: {
      text:
        "Each channel is one filter, slid over all channels before it: bright where the image under it looks " +
        "like the filter. The first layer of the network small begins with edges in eight directions; other " +
        "filters begin as noise, and training turns some of them into edges and spots.",
      page: "conv2d",
    },
  }

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
    this.bias = Boolean(bias)
    this.#init = init
  }

  override parameterSpecs(): Record<string, ParameterSpec> {
    const { inChannels, outChannels, kernel } = this
    const weight = { shape: [outChannels, inChannels, kernel, kernel], init: this.#init }
    return this.bias ? { weight, bias: { shape: [outChannels], init: constant(0) } } : { weight }
  }

  override forward(x: Tensor): Tensor {
    return conv2d(x, ...this.arguments())
  }

  /** What `conv2d` is called with behind x. */
  arguments(): [w: Tensor, b: Tensor | null, options: Conv2dOptions] {
    const { stride, padding } = this
    return [this.parameter("weight"), this.bias ? this.parameter("bias") : null, { stride, padding }]
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
