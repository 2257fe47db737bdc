/**
 * y is x with the same numbers in the same order under another shape; dx is dy under that of x.
 * Nothing is copied.
 */
import { op } from "../tensor/tape.ts"
import { type Shape, show, sizeOf, Tensor } from "../tensor/tensor.ts"

/** The same numbers under another shape of the same size. */
const view = (x: Tensor, shape: Shape): Tensor => new Tensor(x.gpu, shape, x.slice, false, x.persistent)

export const reshape = op("reshape", {
  forward(x: Tensor, shape: Shape) {
    if (shape.some((extent) => !Number.isInteger(extent) || extent < 1) || sizeOf(shape) !== x.size) {
      throw new Error(`reshape: x is ${show(x.shape)}, ${x.size} numbers, which ${show(shape)} does not hold`)
    }
    return view(x, shape)
  },
  backward(dy, _y, x) {
    return [view(dy, x.shape)]
  },
})
