/** x [N,...] as [N,F]: all axes behind the first in one. As https://pytorch.org/docs/stable/generated/torch.nn.Flatten.html */
import { type Shape, sizeOf, type Tensor } from "../tensor/tensor.ts"
import { Module } from "./module.ts"
import { reshape } from "./reshape.ts"

const flat = ([n = 1, ...rest]: Shape): Shape => [n, sizeOf(rest)]

export const flatten = (x: Tensor): Tensor => reshape(x, flat(x.shape))

/** The layer of `flatten`. */
export class Flatten extends Module {
  override forward(x: Tensor): Tensor {
    return flatten(x)
  }

  override outputShape(shape: Shape): Shape {
    return flat(shape)
  }
}
