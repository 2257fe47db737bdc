/**
 * y = x where x > 0, else negativeSlope * x; dx = dy or negativeSlope * dy in the same places. Any shape.
 * As https://pytorch.org/docs/stable/generated/torch.nn.LeakyReLU.html
 */
import { overRows } from "../tensor/rows.ts"
import { op } from "../tensor/tape.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { Module } from "./module.ts"

export interface LeakyReluOptions {
  /** 0.01 unless given. */
  negativeSlope?: number
}

export const leakyRelu = op("leakyRelu", {
  forward(x: Tensor, { negativeSlope: slope = 0.01 }: LeakyReluOptions = {}) {
    const y = x.gpu.empty(x.shape)
    overRows([x, y], ([x, y]) => x.gpu.run("leaky_relu", { x, y }, { n: x.size, slope }, [x.size]))
    return y
  },
  backward(dy, _y, x, { negativeSlope: slope = 0.01 } = {}) {
    const dx = x.gradient()
    overRows([x, dy, dx], ([x, dy, dx]) =>
      x.gpu.run("leaky_relu_backward_input", { x, dy, dx }, { n: x.size, slope }, [x.size]),
    )
    return [dx]
  },
})

/** The layer of `leakyRelu`. */
export class LeakyReLU extends Module {
  constructor(readonly options: LeakyReluOptions = {}) {
    super()
  }

  override forward(x: Tensor): Tensor {
    return leakyRelu(x, this.options)
  }
}
