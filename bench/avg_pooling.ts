/**
 * Average pooling, forward and backward.
 *
 * `npx cnn bench avg_pool2d avg_pool2d_backward` on two cores with nothing else to do, 2026-11-30.
 *
 * Forward, shape refnet-s-1. Copying gave 3.9 and 15.4 GB/s in the same run.
 *
 *                                                                                    Swift    lava
 *     GB/s                                                                          Shader    pipe
 *     gather: a thread an element                                                     0.98    3.03
 *     a thread some windows of a plane, where they tile it                            4.80    8.87
 *     chosen: the second, where windows tile x                                        4.68    8.57
 *
 * Backward:
 *
 *                                                                                    Swift    lava
 *     GB/s                                                                          Shader    pipe
 *     gather: an element adds up the windows that have it                             0.29    0.53
 *     a thread some windows of a plane, where they tile it                            4.58    9.24
 *     chosen: the second, where windows tile x                                        4.45    9.55
 *
 * Expected was the fourfold of max pooling's backward; it is 16 and 17 times. The gather divides by
 * strides that it does not know and loops to bounds that differ by thread; the other has neither,
 * and its loops are written out.
 */
import { lanesFor } from "../src/gpu/threads.ts"
import { avgPool2d as op } from "../src/layers/avg_pool2d.ts"
import type { Ladder, Rung } from "./ladder.ts"
import { backwardRung, forwardRung } from "./op_rung.ts"
import { common, numbers, params, type Sizes, shapesOf, tiling } from "./pool_sizes.ts"
import { type Plain, plain } from "./reference/gradcheck.ts"
import { avgPool2d as reference } from "./reference/references.ts"

/** As it is called, from x to y or from dy to dx: a thread an element of the output. */
const plainRung = (kernel: string, [from, to]: [string, string]): Rung<Sizes> => ({
  name: "gather: a thread an element",
  work: (sizes) => (gpu, inputs) => {
    const { x, y } = shapesOf(sizes)
    const out = gpu.empty(to === "y" ? y : x)
    gpu.run(kernel, { [from]: inputs[from], [to]: out }, params(sizes), [out.size])
    return { [to]: out }
  },
})

const tilingRung = ([from, to]: [string, string]): Rung<Sizes> => ({
  name: "a thread some windows of a plane, where they tile it",
  work: (sizes) => {
    if (!tiling(sizes)) return undefined
    return (gpu, inputs) => {
      const { x, y } = shapesOf(sizes)
      const { n, c, oh, ow, kernel: K } = sizes
      const out = gpu.empty(to === "y" ? y : x)
      const lanes = lanesFor(gpu, oh * ow)
      const consts = { K, BACKWARD: Number(from === "dy") }
      const tensors = { given: inputs[from], made: out }
      gpu.run("avg_pool2d_tiling", tensors, { planes: n * c, oh, ow, lanes }, [n * c * lanes], consts)
      return { [to]: out }
    }
  },
})

export const avgPool2d: Ladder<Sizes> = {
  ...common,
  name: "avg_pool2d",
  formula: "y[n,c,i,j] = 1 / K^2 * sum_{p,q} x[n,c,i*s+p-pad,j*s+q-pad]",
  inputs: (sizes) => ({ x: { shape: shapesOf(sizes).x } }),
  reference: (options, { x }) => ({ y: reference(options)(x) }),
  flops: ({ kernel, ...sizes }) => numbers({ kernel, ...sizes }).y * kernel * kernel,
  bytes: (sizes) => 4 * (numbers(sizes).x + numbers(sizes).y),
  rungs: [
    plainRung("avg_pool2d", ["x", "y"]),
    tilingRung(["x", "y"]),
    forwardRung("chosen", ({ x }, options) => op(x, options)),
  ],
}

/** Each dy to all pixels of its window that lie inside. */
function spread({ kernel, stride, padding, h, w, oh, ow }: Sizes, x: Plain["shape"], dy: Plain): Plain {
  const dx = plain(x)
  dy.data.forEach((slope, at) => {
    const [plane, i, j] = [Math.floor(at / (oh * ow)), Math.floor(at / ow) % oh, at % ow]
    for (let r = Math.max(0, i * stride - padding); r < Math.min(h, i * stride - padding + kernel); r++)
      for (let s = Math.max(0, j * stride - padding); s < Math.min(w, j * stride - padding + kernel); s++)
        dx.data[(plane * h + r) * w + s] += slope / kernel ** 2
  })
  return dx
}

export const avgPool2dBackward: Ladder<Sizes> = {
  ...common,
  name: "avg_pool2d_backward",
  formula: "dx[n,c,r,t] = 1 / K^2 * the sum of dy[n,c,i,j] over the windows that x[n,c,r,t] lies in",
  inputs: (sizes) => ({ x: { shape: shapesOf(sizes).x }, dy: { shape: shapesOf(sizes).y } }),
  reference: (sizes, { dy }) => ({ dx: spread(sizes, shapesOf(sizes).x, dy) }),
  flops: (sizes) => numbers(sizes).x,
  bytes: (sizes) => 4 * (numbers(sizes).x + numbers(sizes).y),
  rungs: [
    plainRung("avg_pool2d_backward_input", ["dy", "dx"]),
    tilingRung(["dy", "dx"]),
    backwardRung("chosen", ["x"], ({ x }, options) => op(x, options)),
  ],
}
