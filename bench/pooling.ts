/**
 * Max pooling, forward and backward, and global average pooling.
 *
 * `npx cnn bench pooling` on two cores with nothing else to do, 2026-11-24.
 *
 * Forward, shape refnet-s-1. Copying gave 1.4 and 4.5 GB/s in the same run.
 *
 *                                                                                    Swift    lava
 *     GB/s                                                                          Shader    pipe
 *     plain: a thread a window                                                        0.42    1.31
 *
 * Backward:
 *
 *                                                                                    Swift    lava
 *     GB/s                                                                          Shader    pipe
 *     gather: an element looks whether it won, in each window that has it             0.14    0.34
 *     a thread a window, where windows do not overlap: each finds its own winner      0.56    1.47
 *     chosen: the second, where windows do not overlap                                0.61    1.39
 *
 * Global average, shape small:
 *
 *                                                                                    Swift    lava
 *     GB/s                                                                          Shader    pipe
 *     plain: a thread a plane                                                         0.76    1.19
 */
import { globalAvgPool as globalOp } from "../src/layers/global_avg_pool.ts"
import { maxPool2d as maxOp } from "../src/layers/max_pool2d.ts"
import type { BenchGpu } from "./device.ts"
import { kernelRung, type Ladder, type Rung, type Tensors } from "./ladder.ts"
import { after, backwardRung, forwardRung } from "./op_rung.ts"
import { common, numbers, params, type Sizes, shapesOf, sizes, tiling } from "./pool_sizes.ts"
import { drawDistinct, type Plain, plain } from "./reference/gradcheck.ts"
import { globalAvgPool as globalReference, maxPool2d as maxReference } from "./reference/references.ts"

const plainForward: Rung<Sizes> = {
  name: "plain",
  work:
    (sizes) =>
    (gpu, { x }) => {
      const { y: shape } = shapesOf(sizes)
      const [y, argmax] = [gpu.empty(shape), gpu.empty(shape)]
      gpu.run("max_pool2d", { x, y, argmax }, params(sizes), [y.size])
      return { y }
    },
}

export const maxPool2d: Ladder<Sizes> = {
  ...common,
  name: "max_pool2d",
  formula: "y[n,c,i,j] = max_{p,q} x[n,c,i*s+p-pad,j*s+q-pad], and where the maximum was",
  inputs: (sizes) => ({ x: { shape: shapesOf(sizes).x } }),
  reference: (options, { x }) => ({ y: maxReference(options)(x) }),
  // Comparisons, which the ceiling does not count.
  flops: () => 0,
  bytes: (sizes) => 4 * (numbers(sizes).x + 2 * numbers(sizes).y),
  rungs: [plainForward, forwardRung("chosen", ({ x }, options) => maxOp(x, options))],
}

/** Where the maximum of each window lies within its plane. */
function winners({ kernel, stride, padding, h, w, oh, ow }: Sizes, x: ArrayLike<number>, planes: number): Uint32Array {
  const out = new Uint32Array(planes * oh * ow)
  out.forEach((_, at) => {
    const [plane, i, j] = [Math.floor(at / (oh * ow)), Math.floor(at / ow) % oh, at % ow]
    let best = -Infinity
    for (let r = Math.max(0, i * stride - padding); r < Math.min(h, i * stride - padding + kernel); r++)
      for (let s = Math.max(0, j * stride - padding); s < Math.min(w, j * stride - padding + kernel); s++) {
        const value = x[(plane * h + r) * w + s]
        if (value > best) [best, out[at]] = [value, r * w + s]
      }
  })
  return out
}

function routed(sizes: Sizes, x: Plain, dy: Plain): Plain {
  const { n, c, h, w, oh, ow } = sizes
  const dx = plain(x.shape)
  winners(sizes, x.data, n * c).forEach((place, at) => {
    dx.data[Math.floor(at / (oh * ow)) * h * w + place] += dy.data[at]
  })
  return dx
}

const backward = (name: string, kernel: string, fits: (sizes: Sizes) => boolean): Rung<Sizes> => ({
  name,
  work(sizes) {
    if (!fits(sizes)) return undefined
    const { x: inputShape, y: shape } = shapesOf(sizes)
    const forward = (gpu: BenchGpu, { x }: Tensors) => {
      const [y, argmax] = [gpu.empty(shape), gpu.empty(shape)]
      gpu.run("max_pool2d", { x, y, argmax }, params(sizes), [y.size])
      return argmax
    }
    return after(forward, (gpu, { dy }, argmax) => {
      const dx = gpu.empty(inputShape)
      const threads = kernel.endsWith("tiling") ? dy.size : dx.size
      gpu.run(kernel, { argmax, dy, dx }, params(sizes), [threads])
      return { dx }
    })
  },
})

export const maxPool2dBackward: Ladder<Sizes> = {
  ...common,
  name: "max_pool2d_backward",
  formula: "dx[n,c,r,t] = the sum of dy[n,c,i,j] over the windows that x[n,c,r,t] won",
  inputs(sizes) {
    const { x, y } = shapesOf(sizes)
    return { x: { shape: x, draw: drawDistinct }, dy: { shape: y } }
  },
  reference: (sizes, { x, dy }) => ({ dx: routed(sizes, x, dy) }),
  flops: () => 0,
  bytes: (sizes) => 4 * (numbers(sizes).x + 2 * numbers(sizes).y),
  rungs: [
    backward("gather", "max_pool2d_backward_input", () => true),
    backward("a thread a window", "max_pool2d_backward_input_tiling", tiling),
    backwardRung("chosen", ["x"], ({ x }, options) => maxOp(x, options)),
  ],
}

export const globalAvgPool: Ladder<Sizes> = {
  ...common,
  name: "global_avg_pool",
  formula: "y[n,c] = 1 / (H*W) * sum_{i,j} x[n,c,i,j]",
  form: "NxCxHxW",
  sizes: ([n, c, h, w]) => sizes([n, c, h, w, 1]),
  shapes: { small: "32x64x5x5", large: "32x256x32x32" },
  timed: ["small"],
  inputs: (sizes) => ({ x: { shape: shapesOf(sizes).x } }),
  reference: (_, { x }) => ({ y: globalReference(x) }),
  terms: ({ h, w }) => h * w,
  flops: (sizes) => numbers(sizes).x,
  bytes: (sizes) => 4 * (numbers(sizes).x + sizes.n * sizes.c),
  rungs: [
    kernelRung("plain", { y: ({ n, c }) => [n, c] }, ({ n, c, h, w }) => ({
      kernel: "global_avg_pool",
      params: { planes: n * c, pixels: h * w },
      threads: [n * c],
    })),
    forwardRung("chosen", ({ x }) => globalOp(x)),
  ],
}
