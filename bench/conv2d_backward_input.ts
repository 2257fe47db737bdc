/**
 * Convolution, input gradient.
 *
 * `npx cnn bench conv2d_backward_input` on two cores with nothing else to do, 2026-11-24.
 *
 * Shape refnet-s-2. The adapters' own ceilings in the same run: 30 and 61 GFLOP/s in registers.
 *
 *                                                                                    Swift    lava
 *     GFLOP/s                                                                       Shader    pipe
 *     plain: a thread an element                                                      0.38       1
 *     tile 4x4x8 as its file has it                                                   0.19    2.58
 *     tile 4x4x8: the forward kernel over dy, its weights turned round                5.61    23.5
 *     tile 4x4x12: does not divide the 16 channels                                    3.85    16.8
 *     tile 4x4x16: all channels of dx at once                                         5.59    23.8
 *     block 32x32: a GPU's kernel                                                      0.2     0.7
 *     chosen: 4x4x8 and 4x4x16                                                        5.41    25.4
 *
 * It is the pipeline of the forward, and compiled only once for both.
 */
import { inputGemm, inputPlain, inputTiles, runBackwardInput } from "../src/layers/conv2d/backward_input.ts"
import { inputGradient } from "../src/layers/conv2d/conv2d.ts"
import { inputDepthwise } from "../src/layers/conv2d/depthwise.ts"
import type { Conv2dSizes } from "../src/layers/conv2d/sizes.ts"
import { BLOCK_RUNGS } from "./blocks.ts"
import { blocked, conv2dLadder, conv2dRungs, named, reference, shapesOf, tile, tiled } from "./conv2d.ts"
import type { Ladder, Work } from "./ladder.ts"

const rung = conv2dRungs((sizes, plan) => (gpu, { w, dy }) => {
  const dx = gpu.empty(shapesOf(sizes).x)
  runBackwardInput(plan, { w, dy, dx })
  return { dx }
})

const chosen =
  (sizes: Conv2dSizes): Work =>
  (gpu, { w, dy }) => {
    const dx = gpu.empty(shapesOf(sizes).x)
    inputGradient({ w, dy, dx }, sizes)
    return { dx }
  }

const tiles = (TI: number, TJ: number, TO: number) => {
  const pixels = tile(TI, TJ, TO)
  return rung(
    `tile ${named(pixels)}`,
    tiled((sizes, size) => inputTiles(sizes, {}, size), pixels),
  )
}

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
    rung("plain", inputPlain),
    { ...tiles(4, 4, 8), name: "tile 4x4x8, not unrolled", unrolled: false },
    ...[tiles(4, 4, 8), tiles(4, 4, 12), tiles(4, 4, 16)],
    ...BLOCK_RUNGS.map((one) => rung(one.name, blocked(one, inputGemm))),
    rung("depthwise", inputDepthwise),
    { name: "chosen", work: chosen },
  ],
}
