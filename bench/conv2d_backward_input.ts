/**
 * Convolution, input gradient. The ladder on SwiftShader (Subzero), 2 cores, 2026-11-23, otherwise idle; GFLOP/s on shape
 * refnet-s-2, and the milliseconds that the pipeline takes to compile:
 *
 *     plain: a thread an element                                                                 0.47
 *     tile 4x4x8, the forward pipeline over dy with the kernel turned round                      5.5      0
 */
import { type Conv2dSizes, planBackwardInput } from "../src/layers/conv2d_kernels.ts"
import { inputTiles, type Tile } from "../src/layers/conv2d_tiles.ts"
import { inputTensors } from "../test/conv2d_check.ts"
import { conv2dLadder, conv2dRungs, named, reference, shapesOf, tile } from "./conv2d.ts"
import { dispatch, type Ladder } from "./ladder.ts"

const rung = conv2dRungs((planned, sizes) => {
  return (gpu, { w, dy }) => {
    const dx = gpu.empty(shapesOf(sizes).x)
    dispatch(gpu, planned, inputTensors(planned, w, dy, dx))
    return { dx }
  }
})

const tiles = (size: Tile) => rung(`tile ${named(size)}`, (sizes) => inputTiles(sizes, size))

export const conv2dBackwardInput: Ladder<Conv2dSizes> = {
  ...conv2dLadder,
  name: "conv2d_backward_input",
  formula: "dx[n,c,r,t] = sum_{o,p,q} w[o,c,p,q] * dy[n,o,i,j] with i*s+p-pad = r, j*s+q-pad = t",
  inputs(sizes) {
    const { w, dy } = shapesOf(sizes)
    return { w: { shape: w }, dy: { shape: dy } }
  },
  reference: (sizes, inputs) => ({ dx: reference(sizes, inputs).dx }),
  rungs: [
    rung("plain", (sizes) => planBackwardInput({ kind: "gpu", subgroups: false }, sizes)),
    rung("tile 4x4x8, not unrolled", (sizes) => inputTiles(sizes, tile(4, 4, 8)), false),
    ...[tile(4, 4, 8), tile(4, 4, 12)].map(tiles),
    rung("chosen", (sizes, adapter) => planBackwardInput(adapter, sizes)),
  ],
}
