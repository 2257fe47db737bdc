/**
 * Layers that stand one behind the other and have an op that does them in one pass. The output is that of the layers one
 * by one, bit for bit, and the gradients are to rounding: the layers themselves are what to read first.
 */
import type { Tensor } from "../tensor/tensor.ts"
import { BatchNorm2d, batchNorm2d } from "./batch_norm2d.ts"
import { batchNorm2dReluMaxPool2d } from "./batch_norm2d_relu_max_pool2d.ts"
import { MaxPool2d } from "./max_pool2d.ts"
import type { Module } from "./module.ts"
import { poolSizes, tiles } from "./pool.ts"
import { ReLU } from "./relu.ts"

/**
 * The output of the first layers of a list, as many as are done at once.
 *
 * @returns undefined where the first layer stands alone
 */
export function fused([norm, relu, pool]: readonly Module[], x: Tensor): { y: Tensor; layers: number } | undefined {
  if (!isExactly(norm, BatchNorm2d) || !isExactly(relu, ReLU)) return undefined
  const [w, b, options] = norm.arguments()
  if (isExactly(pool, MaxPool2d) && tiles(poolSizes("maxPool2d", x, pool.options))) {
    const { kernel } = pool.options
    return { y: batchNorm2dReluMaxPool2d(x, w, b, { ...options, kernel }), layers: 3 }
  }
  return { y: batchNorm2d(x, w, b, { ...options, relu: true }), layers: 2 }
}

/** A subclass has a forward of its own, which must be heard. */
const isExactly = <T extends Module>(layer: Module | undefined, type: new (...args: never[]) => T): layer is T =>
  layer?.constructor === type
