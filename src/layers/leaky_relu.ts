/**
 * y = x where x > 0, else negativeSlope * x; dx = dy or negativeSlope * dy in the same places. Any
 * shape. As https://pytorch.org/docs/stable/generated/torch.nn.LeakyReLU.html
 */
import { checkNumber } from "../tensor/check.ts"
import { overRows } from "../tensor/rows.ts"
import { op } from "../tensor/tape.ts"
import type { Tensor } from "../tensor/tensor.ts"
import type { LayerDescriptor } from "./descriptor.ts"
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
  static readonly descriptor: LayerDescriptor<LeakyReLU> = {
    torch: {
      type: "LeakyReLU",
      options: { negative_slope: "negativeSlope" },
      layer: ({ negativeSlope }) => new LeakyReLU({ negativeSlope }),
    },
    onnx: ({ negativeSlope }) => [{ op: "LeakyRelu", attributes: { alpha: { float: negativeSlope } } }],
    featureMap: "continues",
    lesson: {
      text: "Scales everything below 0 down instead of setting it to 0, so no unit stops learning.",
      page: "activations",
    },
  }

  readonly negativeSlope: number

  constructor({ negativeSlope = 0.01 }: LeakyReluOptions = {}) {
    super()
    checkNumber("LeakyReLU", "negativeSlope", negativeSlope)
    this.negativeSlope = negativeSlope
  }

  override forward(x: Tensor): Tensor {
    return leakyRelu(x, { negativeSlope: this.negativeSlope })
  }
}
