/** y = 1 / (1 + exp(-x)); dx = dy * y * (1 - y). Any shape. */
import { overRows } from "../tensor/rows.ts"
import { op } from "../tensor/tape.ts"
import type { Tensor } from "../tensor/tensor.ts"
import type { LayerDescriptor } from "./descriptor.ts"
import { Module } from "./module.ts"

export const sigmoid = op("sigmoid", {
  forward(x: Tensor) {
    const y = x.gpu.empty(x.shape)
    overRows([x, y], ([x, y]) => x.gpu.run("sigmoid", { x, y }, { n: x.size }, [x.size]))
    return y
  },
  backward(dy, y, x) {
    const dx = x.gradient()
    overRows([y, dy, dx], ([y, dy, dx]) => y.gpu.run("sigmoid_backward_input", { y, dy, dx }, { n: y.size }, [y.size]))
    return [dx]
  },
})

/**
 * The layer of `sigmoid`. For a loss on its output prefer `bceWithLogits` on its input, which loses
 * no digits.
 */
export class Sigmoid extends Module {
  static readonly descriptor: LayerDescriptor<Sigmoid> = {
    torch: { type: "Sigmoid", layer: () => new Sigmoid() },
    onnx: () => [{ op: "Sigmoid" }],
    featureMap: "ends",
    lesson: {
      text: "Brings any number between 0 and 1, where it can be read as a probability.",
      page: "activations",
    },
  }

  override forward(x: Tensor): Tensor {
    return sigmoid(x)
  }
}
