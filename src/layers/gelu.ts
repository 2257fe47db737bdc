/**
 * y = x P(x), where P(x) is the part of the standard normal distribution below x; dx = dy * (P(x) + x P'(x)). Any shape.
 * As https://pytorch.org/docs/stable/generated/torch.nn.GELU.html; D. Hendrycks, K. Gimpel, 2016,
 * https://arxiv.org/abs/1606.08415
 */
import { overRows } from "../tensor/rows.ts"
import { op } from "../tensor/tape.ts"
import type { Tensor } from "../tensor/tensor.ts"
import type { LayerDescriptor, OnnxNode } from "./descriptor.ts"
import { Module } from "./module.ts"

export interface GeluOptions {
  /** "tanh" takes P(x) = (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2; "none", the default, the distribution itself. */
  approximate?: "none" | "tanh"
}

export const gelu = op("gelu", {
  forward(x: Tensor, { approximate = "none" }: GeluOptions = {}) {
    checkApproximate("gelu", approximate)
    const y = x.gpu.empty(x.shape)
    const consts = { TANH: approximate === "tanh" }
    overRows([x, y], ([x, y]) => x.gpu.run("gelu", { x, y }, { n: x.size }, [x.size], consts))
    return y
  },
  backward(dy, _y, x, { approximate } = {}) {
    const dx = x.gradient()
    const consts = { TANH: approximate === "tanh" }
    overRows([x, dy, dx], ([x, dy, dx]) =>
      x.gpu.run("gelu_backward_input", { x, dy, dx }, { n: x.size }, [x.size], consts),
    )
    return [dx]
  },
})

function checkApproximate(op: string, approximate: string): void {
  if (approximate === "none" || approximate === "tanh") return
  throw new Error(`${op}: approximate is ${approximate}, expected none or tanh`)
}

/** The layer of `gelu`. */
export class GELU extends Module {
  static readonly descriptor: LayerDescriptor<GELU> = {
    torch: {
      type: "GELU",
      options: { approximate: "approximate" },
      layer: ({ approximate }) => new GELU({ approximate }),
    },
    onnx: ({ approximate }) => [
      ...(approximate === "tanh" ? TANH : ERF),
      { name: "twice", op: "Add", inputs: [approximate === "tanh" ? "tanh" : "erf", 1] },
      { name: "half", op: "Mul", inputs: ["x", 0.5] },
      { op: "Mul", inputs: ["half", "twice"] },
    ],
    featureMap: "continues",
    lesson: {
      text: "Like ReLU, but smooth: it lets a number pass in the measure that it is larger than others usually are.",
      page: "activations",
    },
  }

  readonly approximate: "none" | "tanh"

  constructor({ approximate = "none" }: GeluOptions = {}) {
    super()
    checkApproximate("GELU", approximate)
    this.approximate = approximate
  }

  override forward(x: Tensor): Tensor {
    return gelu(x, { approximate: this.approximate })
  }
}

// Opset 17 has no Gelu. Either way x / 2 * (1 + an odd function of x).
const ERF: readonly OnnxNode[] = [
  { name: "scaled", op: "Mul", inputs: ["x", Math.SQRT1_2] },
  { name: "erf", op: "Erf", inputs: ["scaled"] },
]
const TANH: readonly OnnxNode[] = [
  { name: "square", op: "Mul", inputs: ["x", "x"] },
  { name: "cube", op: "Mul", inputs: ["square", "x"] },
  { name: "small", op: "Mul", inputs: ["cube", 0.044715] },
  { name: "bent", op: "Add", inputs: ["x", "small"] },
  { name: "scaled", op: "Mul", inputs: ["bent", Math.sqrt(2 / Math.PI)] },
  { name: "tanh", op: "Tanh", inputs: ["scaled"] },
]
