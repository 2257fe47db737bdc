/**
 * Layers that stand one behind the other and have an op that does them in one pass. The output is
 * that of the layers one by one, bit for bit, and the gradients are to rounding: the layers
 * themselves are what to read first.
 */
import type { Tensor } from "../tensor/tensor.ts"
import { BatchNorm2d, batchNorm2d } from "./batch_norm2d.ts"
import { batchNorm2dReluMaxPool2d } from "./batch_norm2d_relu_max_pool2d.ts"
import { Conv2d, conv2d } from "./conv2d/conv2d.ts"
import { conv2dReluMaxPool2d } from "./conv2d/conv2d_relu_max_pool2d.ts"
import { Dense, dense } from "./matmul/dense.ts"
import { MaxPool2d } from "./max_pool2d.ts"
import type { Module } from "./module.ts"
import { type PoolOptions, poolSizes, tilesExactly } from "./pool.ts"
import { ReLU } from "./relu.ts"

/** The output of the first layers of a list, and how many are done with it. */
interface Fused {
  y: Tensor
  layers: number
}

/**
 * Asks for CNN_KERNELS=plain itself: what it chooses are ops, which have no plan that a list of
 * candidates could hold.
 *
 * @returns undefined if the first layer stands alone, as all do with CNN_KERNELS=plain
 */
export function fused(layers: readonly Module[], x: Tensor): Fused | undefined {
  const [first, relu, pool] = layers
  if (!isExactly(relu, ReLU) || x.gpu.adapter.kernels === "plain") return undefined
  if (isExactly(first, BatchNorm2d)) return fusedNorm(first, pool, x)
  if (isExactly(first, Conv2d)) return fusedConvolution(first, pool, x)
  if (isExactly(first, Dense)) return { y: dense(x, ...first.arguments(), { relu: true }), layers: 2 }
  return undefined
}

function fusedNorm(norm: BatchNorm2d, pool: Module | undefined, x: Tensor): Fused {
  const [w, b, options] = norm.arguments()
  if (isExactly(pool, MaxPool2d) && tilesExactly(poolSizes("maxPool2d", x, pool.options))) {
    const { kernel } = pool.options
    return { y: batchNorm2dReluMaxPool2d(x, w, b, { ...options, kernel }), layers: 3 }
  }
  return { y: batchNorm2d(x, w, b, { ...options, relu: true }), layers: 2 }
}

function fusedConvolution(layer: Conv2d, pool: Module | undefined, x: Tensor): Fused {
  const [w, b, options] = layer.arguments()
  if (isExactly(pool, MaxPool2d) && isTwoByTwo(pool.options)) {
    return { y: conv2dReluMaxPool2d(x, w, b, options), layers: 3 }
  }
  return { y: conv2d(x, w, b, { ...options, relu: true }), layers: 2 }
}

const isTwoByTwo = ({ kernel, stride = kernel, padding = 0 }: PoolOptions): boolean =>
  kernel === 2 && stride === 2 && padding === 0

/** A subclass has a forward of its own, which must be heard. */
const isExactly = <T extends Module>(layer: Module | undefined, type: new (...args: never[]) => T): layer is T =>
  layer?.constructor === type
