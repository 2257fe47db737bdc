/**
 * x [N,...] as [N,F]: all axes behind the first in one. As
 * https://pytorch.org/docs/stable/generated/torch.nn.Flatten.html
 */
import { type Shape, sizeOf, type Tensor } from "../tensor/tensor.ts"
import type { LayerDescriptor } from "./descriptor.ts"
import { Module } from "./module.ts"
import { reshape } from "./reshape.ts"

const flat = ([n = 1, ...rest]: Shape): Shape => [n, sizeOf(rest)]

export const flatten = (x: Tensor): Tensor => reshape(x, flat(x.shape))

/** The layer of `flatten`. */
export class Flatten extends Module {
  static readonly descriptor: LayerDescriptor<Flatten> = {
    torch: { type: "Flatten", layer: () => new Flatten() },
    onnx: () => [{ op: "Flatten" }],
    featureMap: "ends",
    lesson: { text: "Puts all numbers in one row. Nothing is computed.", page: "reshape" },
  }

  override forward(x: Tensor): Tensor {
    return flatten(x)
  }

  override outputShape(shape: Shape): Shape {
    return flat(shape)
  }
}
