/**
 * Convolution, input gradient. The ladder on SwiftShader (Subzero), 2 cores, 2026-11-23, otherwise idle; GFLOP/s on shape
 * refnet-s-2, and the milliseconds that the pipeline takes to compile:
 *
 *     plain: a thread an element                                                                 0.47
 *     tile 4x4x8, the forward pipeline over dy with the kernel turned round                      5.5      0
 */
import { runBackwardInput } from "../src/layers/conv2d_dispatch.ts"
import { inputGemm } from "../src/layers/conv2d_gemm.ts"
import { type Conv2dSizes, type Plan, planBackwardInput } from "../src/layers/conv2d_kernels.ts"
import { inputTiles } from "../src/layers/conv2d_tiles.ts"
import { BLOCK_RUNGS } from "./blocks.ts"
import { blocked, conv2dLadder, conv2dRungs, named, PLAIN, reference, shapesOf, tile, tiled } from "./conv2d.ts"
import type { Ladder, Work } from "./ladder.ts"

const work =
  (sizes: Conv2dSizes, plan?: Plan): Work =>
  (gpu, { w, dy }) => {
    const dx = gpu.empty(shapesOf(sizes).x)
    runBackwardInput({ w, dy, dx }, sizes, plan)
    return { dx }
  }
const rung = conv2dRungs(work)

const tiles = (TI: number, TJ: number, TO: number) =>
  rung(`tile ${named(tile(TI, TJ, TO))}`, tiled(inputTiles, tile(TI, TJ, TO)))

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
    rung("plain", (sizes) => planBackwardInput(PLAIN, sizes)),
    { ...tiles(4, 4, 8), name: "tile 4x4x8, not unrolled", unrolled: false },
    ...[tiles(4, 4, 8), tiles(4, 4, 12), tiles(4, 4, 16)],
    ...BLOCK_RUNGS.map((one) => rung(one.name, blocked(one, inputGemm))),
    { name: "chosen", work: (sizes) => work(sizes) },
  ],
}
