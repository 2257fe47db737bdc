/**
 * Convolution, gradients of weight and bias. The ladder on SwiftShader (Subzero), 2 cores, 2026-11-23, otherwise idle;
 * GFLOP/s on shape refnet-s-2, and the milliseconds that the pipeline takes to compile:
 *
 *     plain: a thread a weight, batch and pixels in series                                       0.47
 *     tile 4x4x8: dw of 8 channels kept, four input channels share the loads of dy               5.7    178
 *
 * One input channel, shape refnet-s-1: plain 0.41, tile 4x4x8 1.4, few (8 output channels share the window) 1.9 and 110 ms.
 */
import { type Conv2dSizes, planBackwardWeight } from "../src/layers/conv2d_kernels.ts"
import { type Tile, weightFew, weightTiles } from "../src/layers/conv2d_tiles.ts"
import { conv2dLadder, conv2dRungs, named, reference, shapesOf, tile } from "./conv2d.ts"
import { dispatch, type Ladder } from "./ladder.ts"

const rung = conv2dRungs((planned, sizes) => {
  const { n, o, oh, ow } = sizes
  const { w, b } = shapesOf(sizes)
  return (gpu, { x, dy }) => {
    const [dw, db] = [gpu.empty(w), gpu.empty(b)]
    const { splits } = planned.params
    if (splits) {
      const part = gpu.empty([splits, dw.size + o])
      dispatch(gpu, planned, { x, dy, part })
      gpu.run("conv2d_backward_weight_sum", { part, dw, db }, { splits, dw: dw.size, o }, [dw.size + o])
    } else {
      dispatch(gpu, planned, { x, dy, dw })
      gpu.run("conv2d_backward_bias", { dy, db }, { n, o, pixels: oh * ow }, [o * 64])
    }
    return { dw, db }
  }
})

const tiles = (size: Tile, splits: number) =>
  rung(`tile ${named(size)}, ${splits} splits`, (sizes) => weightTiles(sizes, size, splits))
const few = (size: Tile, splits: number) =>
  rung(`few ${named(size)}, ${splits} splits`, (sizes) => weightFew(sizes, size, splits))

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
    rung("plain", (sizes) => planBackwardWeight({ kind: "gpu", subgroups: false }, sizes)),
    rung("tile 4x4x8, 8 splits, not unrolled", (sizes) => weightTiles(sizes, tile(4, 4, 8), 8), false),
    ...[tile(2, 4, 8), tile(4, 4, 8), tile(4, 4, 12)].map((size) => tiles(size, 8)),
    ...[tile(4, 4, 2), tile(4, 4, 3)].map((size) => few(size, 32)),
    rung("chosen", (sizes, adapter) => planBackwardWeight(adapter, sizes)),
  ],
}
