/**
 * y = x s with s = 1 / (1 + exp(-x)); dx = dy * (s + x s (1 - s)). Any shape.
 * As https://pytorch.org/docs/stable/generated/torch.nn.SiLU.html; S. Elfwing, E. Uchibe, K. Doya, 2017,
 * https://arxiv.org/abs/1702.03118
 */
import { overRows } from "../tensor/rows.ts"
import { op } from "../tensor/tape.ts"
import type { Tensor } from "../tensor/tensor.ts"
import type { LayerDescriptor } from "./descriptor.ts"
import { Module } from "./module.ts"

export const silu = op("silu", {
  forward(x: Tensor) {
    const y = x.gpu.empty(x.shape)
    overRows([x, y], ([x, y]) => x.gpu.run("silu", { x, y }, { n: x.size }, [x.size]))
    return y
  },
  backward(dy, _y, x) {
    const dx = x.gradient()
    overRows([x, dy, dx], ([x, dy, dx]) => x.gpu.run("silu_backward_input", { x, dy, dx }, { n: x.size }, [x.size]))
    return [dx]
  },
})

/** The layer of `silu`. */
export class SiLU extends Module {
  static readonly descriptor: LayerDescriptor<SiLU> = {
    torch: { type: "SiLU", layer: () => new SiLU() },
    onnx: () => [
      { name: "sigmoid", op: "Sigmoid" },
      { op: "Mul", inputs: ["x", "sigmoid"] },
    ],
    featureMap: "continues",
    lesson: {
      text: "Like ReLU, but smooth: far below 0 nearly nothing passes, just below 0 a little does.",
      page: "activations",
    },
  }

  override forward(x: Tensor): Tensor {
    return silu(x)
  }
}
