/**
 * Convolution, gradients of weight and bias. The ladder on SwiftShader (Subzero), 2 cores, 2026-11-23, otherwise idle;
 * GFLOP/s on shape refnet-s-2, and the milliseconds that the pipeline takes to compile:
 *
 *     plain: a thread a weight, batch and pixels in series                                       0.47
 *     tile 4x4x8: dw of 8 channels kept, four input channels share the loads of dy               5.7    178
 *
 * One input channel, shape refnet-s-1: plain 0.41, tile 4x4x8 1.4, few (8 output channels share the window) 1.9 and 110 ms.
 */
import { runBackwardParameters } from "../src/layers/conv2d_dispatch.ts"
import { weightGemm } from "../src/layers/conv2d_gemm.ts"
import { type Conv2dSizes, type Plan, planBackwardWeight } from "../src/layers/conv2d_kernels.ts"
import { weightFew, weightTiles } from "../src/layers/conv2d_tiles.ts"
import { BLOCK_RUNGS } from "./blocks.ts"
import { blocked, conv2dLadder, conv2dRungs, named, PLAIN, reference, shapesOf, tile, tiled } from "./conv2d.ts"
import type { Ladder, Work } from "./ladder.ts"

const work =
  (sizes: Conv2dSizes, plan?: Plan): Work =>
  (gpu, { x, dy }) => {
    const { w, b } = shapesOf(sizes)
    const [dw, db] = [gpu.empty(w), gpu.empty(b)]
    runBackwardParameters({ x, dy, dw, db }, sizes, plan)
    return { dw, db }
  }
const rung = conv2dRungs(work)

const tiles = (TI: number, TJ: number, TO: number, splits: number) => {
  const pixels = tile(TI, TJ, TO)
  const plan = tiled((sizes, size) => weightTiles(sizes, size, splits), pixels)
  return rung(`tile ${named(pixels)}, ${splits} splits`, plan)
}

/** For one to three input channels. */
const few = (TI: number, TJ: number, TO: number, splits: number) => {
  const pixels = tile(TI, TJ, TO)
  const plan = tiled((sizes, size) => weightFew(sizes, size, splits), pixels)
  return rung(`few ${named(pixels)}, ${splits} splits`, plan)
}

export const conv2dBackwardWeight: Ladder<Conv2dSizes> = {
  ...conv2dLadder,
  name: "conv2d_backward_weight",
  formula: "dw[o,c,p,q] = sum_{n,i,j} x[n,c,i*s+p-pad,j*s+q-pad] * dy[n,o,i,j], db[o] = sum_{n,i,j} dy[n,o,i,j]",
  inputs(sizes) {
    const { x, dy } = shapesOf(sizes)
    return { x: { shape: x }, dy: { shape: dy } }
  },
  reference(sizes, inputs) {
    const { dw, db } = reference(sizes, inputs)
    return { dw, db }
  },
  rungs: [
    rung("plain", (sizes) => planBackwardWeight(PLAIN, sizes)),
    { ...tiles(4, 4, 8, 8), name: "tile 4x4x8, 8 splits, not unrolled", unrolled: false },
    ...[tiles(2, 4, 8, 8), tiles(4, 4, 8, 8), tiles(4, 4, 12, 8), tiles(4, 4, 16, 8)],
    ...[few(4, 4, 2, 32), few(4, 4, 3, 32)],
    ...BLOCK_RUNGS.map((one) => rung(one.name, blocked(one, weightGemm))),
    { name: "chosen", work: (sizes) => work(sizes) },
  ],
}
