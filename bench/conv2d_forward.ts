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
import { type Conv2dSizes, planForward } from "../src/layers/conv2d_kernels.ts"
import { forwardFew, forwardTiles, type Tile } from "../src/layers/conv2d_tiles.ts"
import { conv2dLadder, conv2dRungs, named, reference, shapesOf, tile } from "./conv2d.ts"
import { dispatch, type Ladder } from "./ladder.ts"

const BIAS = true

const rung = conv2dRungs((planned, sizes) => {
  return (gpu, { x, w, b }) => {
    const y = gpu.empty(shapesOf(sizes).dy)
    dispatch(gpu, planned, { x, w, b, y })
    return { y }
  }
})

const tiles = (size: Tile) => rung(`tile ${named(size)}`, (sizes) => forwardTiles(sizes, BIAS, size))
const few = (TI: number, TJ: number) => rung(`few ${TI}x${TJ}`, (sizes) => forwardFew(sizes, BIAS, { TI, TJ }))

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
    rung("plain", (sizes) => planForward({ kind: "gpu", subgroups: false }, sizes, BIAS)),
    rung("tile 4x4x8, not unrolled", (sizes) => forwardTiles(sizes, BIAS, tile(4, 4, 8)), false),
    ...[tile(2, 4, 8), tile(4, 4, 8), tile(4, 4, 12), tile(4, 4, 16)].map(tiles),
    few(2, 4),
    few(4, 4),
    rung("chosen", (sizes, adapter) => planForward(adapter, sizes, BIAS)),
  ],
}
