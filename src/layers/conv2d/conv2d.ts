/**
 * y[n,o,i,j] = b[o] + sum_{c,p,q} w[o,c,p,q] * x[n,c0+c,i*s+p*d-pad,j*s+q*d-pad]
 *
 * x [N,C,H,W]   w [O,C/G,KH,KW]   b [O]   y [N,O,OH,OW] with
 * OH = floor((H + 2 pad - d (KH - 1) - 1) / s) + 1.
 * The channels are in G groups, of which o's begins at c0 = floor(o / (O/G)) * C/G.
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
import { type Conv2dOptions, type Conv2dSizes, checkGroups, conv2dSizes } from "./sizes.ts"

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
 * The layer of `conv2d`: weight [out, in / groups, kernel, kernel], He-initialised; bias [out],
 * zero at first.
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
        dilation: "dilation",
        groups: "groups",
        bias: "bias",
      },
      defaults: { dilation: 1, groups: 1 },
      layer: ({ inChannels, outChannels, ...options }) => new Conv2d(inChannels, outChannels, options),
    },
    onnx: (layer) => {
      const { dilation, groups: group } = layer
      const attributes = { ...onnxWindow(layer), dilations: [dilation, dilation], group }
      return [{ op: "Conv", inputs: ["x", "weight", ...(layer.bias ? ["bias"] : [])], attributes }]
    },
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
  readonly dilation: number
  readonly groups: number
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
      dilation = 1,
      groups = 1,
      bias = true,
      init = heNormal,
    }: Conv2dOptions & { kernel: number; bias?: boolean; init?: Init },
  ) {
    super()
    for (const [option, size] of Object.entries({ inChannels, outChannels, kernel, stride, dilation }))
      checkWhole("Conv2d", option, size, 1)
    checkWhole("Conv2d", "padding", padding, 0)
    checkGroups("Conv2d", groups, inChannels, outChannels)
    this.kernel = kernel
    this.stride = stride
    this.padding = padding
    this.dilation = dilation
    this.groups = groups
    this.bias = Boolean(bias)
    this.#init = init
  }

  override parameterSpecs(): Record<string, ParameterSpec> {
    const { inChannels, outChannels, kernel, groups } = this
    const weight = { shape: [outChannels, inChannels / groups, kernel, kernel], init: this.#init }
    return this.bias ? { weight, bias: { shape: [outChannels], init: constant(0) } } : { weight }
  }

  override forward(x: Tensor): Tensor {
    return conv2d(x, ...this.arguments())
  }

  /** What `conv2d` is called with behind x. */
  arguments(): [w: Tensor, b: Tensor | null, options: Conv2dOptions] {
    const { stride, padding, dilation, groups } = this
    const options = { stride, padding, dilation, groups }
    return [this.parameter("weight"), this.bias ? this.parameter("bias") : null, options]
  }

  override outputShape(shape: Shape): Shape {
    checkChannels("Conv2d", shape, this.inChannels)
    const [n, , h, w] = shape
    const { kernel, stride, padding, dilation } = this
    const extent = (size: number) => windowOutput("Conv2d", size, kernel, stride, padding, dilation)
    return [n, this.outChannels, extent(h), extent(w)]
  }

  override multiplyAdds(shape: Shape): number {
    const [n, o, oh, ow] = this.outputShape(shape)
    return (n * o * oh * ow * this.inChannels * this.kernel ** 2) / this.groups
  }
}
