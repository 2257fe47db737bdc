/**
 * Convolution, forward.
 *
 * `npx cnn bench conv2d_forward` on two cores with nothing else to do, 2026-11-24.
 *
 * Shape refnet-s-2. The adapters' own ceilings in the same run: 30 and 61 GFLOP/s in registers.
 *
 *                                                                                    Swift    lava
 *     GFLOP/s                                                                       Shader    pipe
 *     plain: a thread an element, two loads a multiply-add                            0.25    0.89
 *     tile 4x4x8 as its file has it: windows and sums in memory, indexed in loops     0.19    2.61
 *     tile 2x4x8 unrolled: in SSA values, the nine taps of a sum in one chain         3.87    15.3
 *     tile 4x4x8: twice the sums for half as many loads again                         4.88    21.3
 *     tile 4x4x12: does not divide the 32 channels                                    4.71    20.6
 *     tile 4x4x16: twice the sums for no more loads of pixels                         5.42    21.8
 *     tile 4x8x8: the same sums, more pixels and fewer weights                        5.60    20.3
 *     block 32x32: a GPU's kernel, in workgroup memory with barriers                  0.39    1.35
 *     chosen: 4x4x8 and 4x4x16                                                        4.96    25.6
 *
 * Where tiles stand side by side over whole rows, as here, the lanes of a subgroup hand the columns
 * beside their tiles to each other (HALO in conv2d_tile.wgsl). What the first and the last lack,
 * two loads bring for all on lavapipe, three on SwiftShader: so one pipeline serves rows of any
 * number of tiles, where there was another, without HALO, for rows that a subgroup ends within. In
 * turns with those, in one run, it took 0.9 of the time on lavapipe, and for rows within a subgroup
 * 1.02 to 1.07; on SwiftShader 0.99 to 1.1, which is hardly more than noise. The pipelines of tiles
 * 4x4x8 and 4x4x16 took 0.4 and 0.7 s to compile on SwiftShader, 0.2 and 0.3 s on lavapipe and its
 * first run a second on top: src/layers/conv2d/best_tile.ts weighs that.
 *
 * A repeated run gives up to a third more or less. Without its loads a tile still took some two
 * thirds of its time. Tried without a clear gain: other orders of the loops around the
 * multiply-adds; vec4 loads, only by themselves, 11 ns a value against 13. A && in an unrolled
 * loop, which branches, took the compiler from half a second to over ten.
 */
import { convolve } from "../src/layers/conv2d/conv2d.ts"
import { forwardDepthwise } from "../src/layers/conv2d/depthwise.ts"
import { forwardFew, forwardGemm, forwardPlain, forwardTiles, runForward } from "../src/layers/conv2d/forward.ts"
import type { Conv2dSizes } from "../src/layers/conv2d/sizes.ts"
import { BLOCK_RUNGS } from "./blocks.ts"
import { blocked, conv2dLadder, conv2dRungs, named, reference, shapesOf, tile, tiled } from "./conv2d.ts"
import type { Ladder, Work } from "./ladder.ts"

const BIAS = { bias: true }

const rung = conv2dRungs((sizes, plan) => (gpu, { x, w, b }) => {
  const y = gpu.empty(shapesOf(sizes).dy)
  runForward(plan, { x, w, b, y })
  return { y }
})

const chosen =
  (sizes: Conv2dSizes): Work =>
  (gpu, { x, w, b }) => {
    const y = gpu.empty(shapesOf(sizes).dy)
    convolve({ x, w, b, y }, sizes)
    return { y }
  }

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
    rung("plain", (sizes) => forwardPlain(sizes, BIAS)),
    { ...tiles(4, 4, 8), name: "tile 4x4x8, not unrolled", unrolled: false },
    ...[tiles(2, 4, 8), tiles(4, 4, 8), tiles(4, 4, 12), tiles(4, 4, 16), tiles(4, 8, 8)],
    ...[few(2, 4), few(4, 4)],
    ...BLOCK_RUNGS.map((one) =>
      rung(
        one.name,
        blocked(one, (sizes, block) => forwardGemm(sizes, BIAS, block)),
      ),
    ),
    rung("depthwise", (sizes, adapter) => forwardDepthwise(sizes, BIAS, adapter)),
    { name: "chosen", work: chosen },
  ],
}
