/**
 * y[n,o] = b[o] + sum_f w[o,f] * x[n,f]
 *
 * x [N,F]   w [O,F]   b [O]   y [N,O].
 * As https://pytorch.org/docs/stable/generated/torch.nn.Linear.html
 */

import { addingThreads } from "../gpu/threads.ts"
import { checkRank, checkShape, checkWhole } from "../tensor/check.ts"
import { op } from "../tensor/tape.ts"
import { type Shape, show, type Tensor } from "../tensor/tensor.ts"
import { fewLongSums, gemm, usesGemm } from "./gemm.ts"
import { constant, heNormal, type Init } from "./init.ts"
import { Module, type ParameterSpec } from "./module.ts"

function sizes(x: Tensor, w: Tensor) {
  checkRank("dense", "x", x, 2)
  checkRank("dense", "w", w, 2)
  const [n, f] = x.shape
  const [o, wf] = w.shape
  if (wf !== f) throw new Error(`dense: x has ${f} features ${show(x.shape)}, w expects ${wf} ${show(w.shape)}`)
  return { n, o, f }
}

export const dense = op("dense", {
  forward(x: Tensor, w: Tensor, b?: Tensor | null) {
    const { n, o, f } = sizes(x, w)
    if (b) checkShape("dense", "b", b, [o], `w ${show(w.shape)}`)
    const y = x.gpu.empty([n, o])
    const product = { m: n, n: o, k: f }
    if (usesGemm(x) && !fewLongSums(product)) {
      gemm({ a: x, b: w, bias: b, y }, product, { bTransposed: true })
      return y
    }
    const SIZE = addingThreads(x.gpu)
    const threads = [Math.ceil(o / 4) * SIZE, Math.ceil(n / 4)]
    x.gpu.run("dense", { x, w, b: b ?? w, y }, { n, o, f }, threads, { SIZE, BIAS: Boolean(b) })
    return y
  },
  backward(dy, _y, x, w, b) {
    const { n, o, f } = sizes(x, w)
    const dx = x.requiresGrad ? x.gradient() : null
    if (dx && usesGemm(x)) gemm({ a: dy, b: w, y: dx }, { m: n, n: f, k: o })
    else if (dx) x.gpu.run("dense_backward_input", { w, dy, dx }, { n, o, f }, [Math.ceil(n / 4) * f])
    const dw = w.requiresGrad ? w.gradient() : null
    const db = b?.requiresGrad ? b.gradient() : null
    if (dw && usesGemm(x)) {
      gemm({ a: dy, b: x, y: dw, rows: db }, { m: o, n: f, k: n }, { aTransposed: true })
      return [dx, dw, db]
    }
    if (dw) x.gpu.run("dense_backward_weight", { x, dy, dw }, { n, o, f }, [Math.ceil(o / 4) * f])
    if (db) x.gpu.run("dense_backward_bias", { dy, db }, { n, o }, [o])
    return [dx, dw, db]
  },
})

/** The layer of `dense`: weight [out, in], He-initialised; bias [out], zero at first. */
export class Dense extends Module {
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
    this.bias = bias
    this.#init = init
  }

  override parameterSpecs(): Record<string, ParameterSpec> {
    const weight = { shape: [this.outFeatures, this.inFeatures], init: this.#init }
    return this.bias ? { weight, bias: { shape: [this.outFeatures], init: constant(0) } } : { weight }
  }

  override forward(x: Tensor): Tensor {
    return dense(x, this.parameter("weight"), this.bias ? this.parameter("bias") : null)
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
