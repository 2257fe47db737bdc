/**
 * Convolution, gradients of weight and bias.
 *
 * `npx cnn bench conv2d_backward_weight` on two cores with nothing else to do, 2026-11-24.
 *
 * Shape refnet-s-2. The adapters' own ceilings in the same run: 28 and 49 GFLOP/s in registers.
 *
 *                                                                                    Swift    lava
 *     GFLOP/s                                                                       Shader    pipe
 *     plain: a thread a weight, batch and pixels in series                             0.4    0.84
 *     tile 4x4x8 as its file has it                                                   0.22    2.94
 *     tile 2x4x8 unrolled: dw of 8 channels kept, in 8 parts added in order            4.53    14.2
 *     tile 4x4x8: fewer columns loaded twice                                          4.95    14.2
 *     tile 4x4x12: does not divide the 32 channels                                    4.71    14.3
 *     tile 4x4x16: a window of x serves 16 channels                                   6.79    17.4
 *     block 32x32: a GPU's kernel                                                     0.39    1.17
 *     chosen: 4x4x8 and 4x4x16                                                        5.67    17.0
 *
 * A subgroup takes as many input channels, which share the loads of dy. For one to three input
 * channels there is a separate kernel (few), in which the lanes share a channel: `npx cnn bench
 * conv2d_backward_weight --shape refnet-s-1`.
 */
import {
  runBackwardWeight,
  weightFew,
  weightGemm,
  weightPlain,
  weightTiles,
} from "../src/layers/conv2d/backward_weight.ts"
import { weightGradient } from "../src/layers/conv2d/conv2d.ts"
import { weightDepthwise } from "../src/layers/conv2d/depthwise.ts"
import type { Conv2dSizes } from "../src/layers/conv2d/sizes.ts"
import { BLOCK_RUNGS } from "./blocks.ts"
import { blocked, conv2dLadder, conv2dRungs, named, reference, shapesOf, tile, tiled } from "./conv2d.ts"
import type { Ladder, Work } from "./ladder.ts"

const rung = conv2dRungs((sizes, plan) => (gpu, { x, dy }) => {
  const { w, b } = shapesOf(sizes)
  const [dw, db] = [gpu.empty(w), gpu.empty(b)]
  runBackwardWeight(plan, { x, dy }, { dw, db }, sizes)
  return { dw, db }
})

const chosen =
  (sizes: Conv2dSizes): Work =>
  (gpu, { x, dy }) => {
    const { w, b } = shapesOf(sizes)
    const [dw, db] = [gpu.empty(w), gpu.empty(b)]
    weightGradient({ x, dy, dw, db }, sizes)
    return { dw, db }
  }

const tiles = (TI: number, TJ: number, TO: number, splits: number) => {
  const pixels = tile(TI, TJ, TO)
  const plan = tiled((sizes, size) => weightTiles(sizes, {}, size, splits), pixels)
  return rung(`tile ${named(pixels)}, ${splits} splits`, plan)
}

/** For one to three input channels. */
const few = (TI: number, TJ: number, TO: number, splits: number) => {
  const pixels = tile(TI, TJ, TO)
  const plan = tiled((sizes, size) => weightFew(sizes, {}, size, splits), pixels)
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
    rung("plain", weightPlain),
    { ...tiles(4, 4, 8, 8), name: "tile 4x4x8, 8 splits, not unrolled", unrolled: false },
    ...[tiles(2, 4, 8, 8), tiles(4, 4, 8, 8), tiles(4, 4, 12, 8), tiles(4, 4, 16, 8)],
    ...[few(4, 4, 2, 32), few(4, 4, 3, 32)],
    ...BLOCK_RUNGS.map((one) => rung(one.name, blocked(one, weightGemm))),
    rung("depthwise", (sizes, adapter) => weightDepthwise(sizes, adapter)),
    { name: "chosen", work: chosen },
  ],
}
