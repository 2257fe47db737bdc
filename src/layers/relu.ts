import { threadsFor } from "../gpu/threads.ts"
import { overRows } from "../tensor/rows.ts"
import { op } from "../tensor/tape.ts"
import type { Tensor } from "../tensor/tensor.ts"
import type { LayerDescriptor } from "./descriptor.ts"
import { Module } from "./module.ts"

/** y = max(x, 0); dx = dy where y > 0, else 0. Any shape. */
export const relu = op("relu", {
  forward(x: Tensor) {
    const y = x.gpu.empty(x.shape)
    overRows([x, y], ([x, y]) => x.gpu.run("relu", { x, y }, { n: x.size }, [threadsFor(x.gpu, x.size)]))
    return y
  },
  backward: (dy, y, x) => [reluGradient(y, dy, x.gradient())],
})

/** dx, filled: dy where y > 0, else 0. */
export function reluGradient(y: Tensor, dy: Tensor, dx = y.gpu.empty(y.shape)): Tensor {
  overRows([y, dy, dx], ([y, dy, dx]) =>
    y.gpu.run("relu_backward_input", { y, dy, dx }, { n: y.size }, [threadsFor(y.gpu, y.size)]),
  )
  return dx
}

/** The layer of `relu`. */
export class ReLU extends Module {
  static readonly descriptor: LayerDescriptor<ReLU> = {
    torch: { type: "ReLU", layer: () => new ReLU() },
    onnx: () => [{ op: "Relu" }],
    featureMap: "continues",
    lesson: {
      text: "Sets everything below 0 to 0. Without such a bend all layers together could do no more than one.",
      page: "activations",
    },
  }

  override forward(x: Tensor): Tensor {
    return relu(x)
  }
}
