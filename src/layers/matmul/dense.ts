/**
 * y[n,o] = b[o] + sum_f w[o,f] * x[n,f]
 *
 * x [N,F]   w [O,F]   b [O]   y [N,O].
 * As https://pytorch.org/docs/stable/generated/torch.nn.Linear.html
 */
import { checkRank, checkShape, checkWhole } from "../../tensor/check.ts"
import { op } from "../../tensor/tape.ts"
import { type Shape, show, type Tensor } from "../../tensor/tensor.ts"
import type { LayerDescriptor } from "../descriptor.ts"
import { constant, heNormal, type Init } from "../init.ts"
import { Module, type ParameterSpec } from "../module.ts"
import { type DenseSizes, runDense, runDenseBackward } from "./dense_passes.ts"

function sizes(x: Tensor, w: Tensor): DenseSizes {
  checkRank("dense", "x", x, 2)
  checkRank("dense", "w", w, 2)
  const [n, f] = x.shape
  const [o, wf] = w.shape
  if (wf !== f) throw new Error(`dense: x has ${f} features ${show(x.shape)}, w expects ${wf} ${show(w.shape)}`)
  return { n, o, f }
}

/** With `relu` among the options y goes through a ReLU at once. */
export const dense = op("dense", {
  forward(x: Tensor, w: Tensor, b?: Tensor | null, { relu = false }: { relu?: boolean } = {}) {
    const found = sizes(x, w)
    if (b) checkShape("dense", "b", b, [found.o], `w ${show(w.shape)}`)
    const y = x.gpu.empty([found.n, found.o])
    runDense({ x, w, b, y }, found, relu)
    return y
  },
  backward(dy, y, x, w, b, { relu = false } = {}) {
    const dx = x.requiresGrad ? x.gradient() : null
    const dw = w.requiresGrad ? w.gradient() : null
    const db = b?.requiresGrad ? b.gradient() : null
    runDenseBackward({ x, w, y, dy, dx, dw, db }, sizes(x, w), relu)
    return [dx, dw, db]
  },
})

/** The layer of `dense`: weight [out, in], He-initialised; bias [out], zero at first. */
export class Dense extends Module {
  static readonly descriptor: LayerDescriptor<Dense> = {
    torch: {
      type: "Linear",
      options: { in_features: "inFeatures", out_features: "outFeatures", bias: "bias" },
      layer: ({ inFeatures, outFeatures, bias }) => new Dense(inFeatures, outFeatures, { bias }),
    },
    onnx: ({ bias }) => [{ op: "Gemm", inputs: ["x", "weight", ...(bias ? ["bias"] : [])], attributes: { transB: 1 } }],
    featureMap: "ends",
    lesson: {
      text: "A weighted sum of all numbers before it. The last one gives the logit: above 0 means fractured.",
      page: "dense",
    },
  }

  readonly bias: boolean
  readonly #init: Init

  constructor(
    readonly inFeatures: number,
    readonly outFeatures: number,
    { bias = true, init = heNormal }: { bias?: boolean; init?: Init } = {},
  ) {
    super()
    checkWhole("Dense", "inFeatures", inFeatures, 1)
    checkWhole("Dense", "outFeatures", outFeatures, 1)
    this.bias = Boolean(bias)
    this.#init = init
  }

  override parameterSpecs(): Record<string, ParameterSpec> {
    const weight = { shape: [this.outFeatures, this.inFeatures], init: this.#init }
    return this.bias ? { weight, bias: { shape: [this.outFeatures], init: constant(0) } } : { weight }
  }

  override forward(x: Tensor): Tensor {
    return dense(x, ...this.arguments())
  }

  /** Of the op, behind x. */
  arguments(): [w: Tensor, b: Tensor | null] {
    return [this.parameter("weight"), this.bias ? this.parameter("bias") : null]
  }

  override outputShape(shape: Shape): Shape {
    if (shape.length !== 2 || shape[1] !== this.inFeatures) {
      throw new Error(`Dense: the input is ${show(shape)}, the layer expects [N,${this.inFeatures}]`)
    }
    return [shape[0], this.outFeatures]
  }

  override multiplyAdds([n]: Shape): number {
    return n * this.outFeatures * this.inFeatures
  }
}
