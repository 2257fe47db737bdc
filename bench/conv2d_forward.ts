/**
 * Convolution, forward. The ladder on SwiftShader (Subzero), 2 cores, 2026-11-23, otherwise idle; GFLOP/s on shape
 * refnet-s-2, and the milliseconds that the pipeline takes to compile:
 *
 *     plain: a thread an element, two loads a multiply-add                                       0.30    18
 *     tile 4x4x8 as its file has it: windows and sums in memory, indexed in loops                0.22    77
 *     tile 2x4x8 unrolled: in SSA values, the nine taps of a sum in one chain                    4.2    107
 *     tile 4x4x8: twice the sums for half as many loads again                                    5.7    234
 *     tile 4x4x12: no gain where it does not divide the channels                                 4.3    286
 *     tile 4x4x16: a little more for twice the compile time                                      6.0    553
 *
 * One input channel, shape refnet-s-1: plain 0.22, tile 4x4x8 0.86, few (the window loaded once for all output channels)
 * 3.9 and 79 ms. Measured before tiles of 5x5 came; a repeated run gave up to a third more or less. Without its loads a
 * tile still took some two thirds of its time. Tried without a clear gain, on a loaded machine: other orders of the loops
 * around the multiply-adds; vec4 loads, only by themselves, 11 ns a value against 13. A && in an unrolled loop, which
 * branches, took the compiler from half a second to over ten.
 */
import { runForward } from "../src/layers/conv2d_dispatch.ts"
import { forwardGemm } from "../src/layers/conv2d_gemm.ts"
import { type Conv2dSizes, type Plan, planForward } from "../src/layers/conv2d_kernels.ts"
import { forwardFew, forwardTiles } from "../src/layers/conv2d_tiles.ts"
import { BLOCK_RUNGS } from "./blocks.ts"
import { blocked, conv2dLadder, conv2dRungs, named, PLAIN, reference, shapesOf, tile, tiled } from "./conv2d.ts"
import type { Ladder, Work } from "./ladder.ts"

const BIAS = { bias: true }

const work =
  (sizes: Conv2dSizes, plan?: Plan): Work =>
  (gpu, { x, w, b }) => {
    const y = gpu.empty(shapesOf(sizes).dy)
    runForward({ x, w, b, y }, sizes, { plan })
    return { y }
  }
const rung = conv2dRungs(work)

const tiles = (TI: number, TJ: number, TO: number) => {
  const pixels = tile(TI, TJ, TO)
  return rung(
    `tile ${named(pixels)}`,
    tiled((sizes, size) => forwardTiles(sizes, BIAS, size), pixels),
  )
}

/** For one to three input channels: all output channels. */
const few = (TI: number, TJ: number) =>
  rung(
    `few ${TI}x${TJ}`,
    tiled((sizes, size) => forwardFew(sizes, BIAS, size), tile(TI, TJ, 1)),
  )

export const conv2dForward: Ladder<Conv2dSizes> = {
  ...conv2dLadder,
  name: "conv2d_forward",
  formula: "y[n,o,i,j] = b[o] + sum_{c,p,q} w[o,c,p,q] * x[n,c,i*s+p-pad,j*s+q-pad]",
  inputs(sizes) {
    const { x, w, b } = shapesOf(sizes)
    return { x: { shape: x }, w: { shape: w }, b: { shape: b } }
  },
  reference: (sizes, inputs) => ({ y: reference(sizes, inputs).y }),
  rungs: [
    rung("plain", (sizes) => planForward(PLAIN, sizes, BIAS)),
    { ...tiles(4, 4, 8), name: "tile 4x4x8, not unrolled", unrolled: false },
    ...[tiles(2, 4, 8), tiles(4, 4, 8), tiles(4, 4, 12), tiles(4, 4, 16), tiles(4, 8, 8)],
    ...[few(2, 4), few(4, 4)],
    ...BLOCK_RUNGS.map((one) =>
      rung(
        one.name,
        blocked(one, (sizes, block) => forwardGemm(sizes, BIAS, block)),
      ),
    ),
    { name: "chosen", work: (sizes) => work(sizes) },
  ],
}
