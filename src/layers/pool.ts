/** What max and average pooling have in common: options, their checks, sizes. */
import { checkRank, checkWhole, windowOutput } from "../tensor/check.ts"
import type { Shape, Tensor } from "../tensor/tensor.ts"
import { Module } from "./module.ts"

export interface PoolOptions {
  /** Side of the square window, in pixels. */
  kernel: number
  /** Step from window to window; the kernel's side unless given. */
  stride?: number
  /**
   * Pixels around the input; at most half of the kernel, so that every window sees some of the
   * input.
   */
  padding?: number
}

/** @throws if an option is out of its range, or the window is larger than the padded input. */
function poolOutput(op: string, [n, c, h, w]: Shape, options: PoolOptions): Shape {
  const { kernel, stride = kernel, padding = 0 } = options
  checkWhole(op, "kernel", kernel, 1)
  checkWhole(op, "stride", stride, 1)
  checkWhole(op, "padding", padding, 0)
  if (padding > kernel / 2) {
    throw new Error(`${op}: padding is ${padding}, expected at most half of the kernel of ${kernel}`)
  }
  return [n, c, windowOutput(op, h, kernel, stride, padding), windowOutput(op, w, kernel, stride, padding)]
}

/** The params of the pooling shaders, after all checks. */
export function poolSizes(op: string, x: Tensor, options: PoolOptions) {
  checkRank(op, "x", x, 4)
  const { kernel, stride = kernel, padding = 0 } = options
  const [n, c, h, w] = x.shape
  const [, , oh, ow] = poolOutput(op, x.shape, options)
  return { planes: n * c, h, w, oh, ow, kernel, stride, padding }
}

export type PoolSizes = ReturnType<typeof poolSizes>

/** Whether the windows cover the input exactly, each element once. */
export const tilesExactly = ({ h, w, oh, ow, kernel, stride, padding }: PoolSizes): boolean =>
  stride === kernel && padding === 0 && h === oh * kernel && w === ow * kernel

/** PyTorch's names of a pooling layer's options. */
export const TORCH_POOL = { kernel_size: "kernel", stride: "stride", padding: "padding" } as const

/** A pooling layer: its options and output shape. */
export abstract class Pool2d extends Module {
  readonly kernel: number
  readonly stride: number
  readonly padding: number

  constructor({ kernel, stride = kernel, padding = 0 }: PoolOptions) {
    super()
    poolOutput(this.constructor.name, [1, 1, kernel, kernel], { kernel, stride, padding })
    this.kernel = kernel
    this.stride = stride
    this.padding = padding
  }

  /** What the op is called with behind x. */
  get options(): Required<PoolOptions> {
    const { kernel, stride, padding } = this
    return { kernel, stride, padding }
  }

  override outputShape(shape: Shape): Shape {
    return poolOutput(this.constructor.name, shape, this.options)
  }
}
