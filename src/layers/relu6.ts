/**
 * y = min(max(x, 0), 6); dx = dy where 0 < y < 6, else 0. Any shape.
 * As https://pytorch.org/docs/stable/generated/torch.nn.ReLU6.html
 */
import { threadsFor } from "../gpu/threads.ts"
import { overRows } from "../tensor/rows.ts"
import { op } from "../tensor/tape.ts"
import type { Tensor } from "../tensor/tensor.ts"
import type { LayerDescriptor } from "./descriptor.ts"
import { Module } from "./module.ts"

export const relu6 = op("relu6", {
  forward(x: Tensor) {
    const y = x.gpu.empty(x.shape)
    overRows([x, y], ([x, y]) => x.gpu.run("relu6", { x, y }, { n: x.size }, [threadsFor(x.gpu, x.size)]))
    return y
  },
  backward(dy, y, x) {
    const dx = x.gradient()
    overRows([y, dy, dx], ([y, dy, dx]) =>
      y.gpu.run("relu6_backward_input", { y, dy, dx }, { n: y.size }, [threadsFor(y.gpu, y.size)]),
    )
    return [dx]
  },
})

/** The layer of `relu6`. */
export class ReLU6 extends Module {
  static readonly descriptor: LayerDescriptor<ReLU6> = {
    torch: { type: "ReLU6", layer: () => new ReLU6() },
    onnx: () => [{ op: "Clip", inputs: ["x", 0, 6] }],
    featureMap: "continues",
    lesson: {
      text: "Like ReLU, but cut at 6 as well, so that no number grows large. Mobile networks use it.",
      page: "activations",
    },
  }

  override forward(x: Tensor): Tensor {
    return relu6(x)
  }
}
