/** dx of a convolution: the plans of its kernels, and running one. */
import type { Tensor } from "../../tensor/tensor.ts"
import type { Block } from "../matmul/gemm.ts"
import { limits } from "./forward.ts"
import { convolutionGemm } from "./gemm.ts"
import { type Conv2dSizes, type ConvolutionPlan, type Epilogue, isDense } from "./sizes.ts"
import { fits, haloOf, isEven, isSame, type Tile, tileConsts, tileCount, tileName } from "./tile.ts"

/** Fills dx. @param tensors with `won` if pooling follows the convolution */
export function runBackwardInput(
  plan: ConvolutionPlan,
  { w, dy, won, dx }: { w: Tensor; dy: Tensor; won?: Tensor; dx: Tensor },
): void {
  const { gpu } = w
  if (plan.overDy) gpu.runPlan(plan, { x: dy, w, b: w, y: dx, won: gpu.empty([1]) })
  else gpu.runPlan(plan, won ? { w, dy, won, dx } : { w, dy, dx })
}

/** One thread per element of dx. */
export const inputPlain = (sizes: Conv2dSizes): ConvolutionPlan => ({
  kernel: "conv2d_backward_input",
  params: { ...sizes },
  threads: [sizes.n * sizes.c * sizes.h * sizes.w],
  consts: {},
  speed: "plain",
})

/** For stride 1; undefined if the tile does not fit the shape. */
export function inputTiles(sizes: Conv2dSizes, { pool }: Epilogue, tile: Tile): ConvolutionPlan | undefined {
  if (!isDense(sizes)) return undefined
  return pool ? unpooledTiles(sizes, tile) : turnedTiles(sizes, tile)
}

/** A convolution of dy with the kernel turned round, padded by K - 1 - padding. */
function turnedTiles(sizes: Conv2dSizes, tile: Tile): ConvolutionPlan | undefined {
  const { n, c, h, w, o, oh, ow, kh, stride } = sizes
  const padding = kh - 1 - sizes.padding
  const turned = { ...sizes, c: o, h: oh, w: ow, o: c, oh: h, ow: w, padding }
  if (stride > 1 || padding < 0 || !fits(turned, tile) || c < tile.TO) return undefined
  const weights = { w_o: kh * kh, w_c: c * kh * kh, flip: 1 }
  const HALO = haloOf(turned, tile, padding, isSame(turned))
  return {
    kernel: "conv2d_tile",
    params: { n, c: o, h: oh, w: ow, o: c, oh: h, ow: w, padding, ...weights, ...limits({}) },
    threads: [tileCount(turned, tile), Math.ceil(c / tile.TO)],
    consts: { ...tileConsts(sizes, tile), TO: tile.TO, HALO },
    variant: tileName(tile),
    overDy: true,
  }
}

/**
 * The same from the dy behind a pooling, for an x of even sides: dy before it is made up where it
 * is needed.
 */
function unpooledTiles(sizes: Conv2dSizes, tile: Tile): ConvolutionPlan | undefined {
  const { n, c, h, w, o, oh, ow, kh: K, stride } = sizes
  const PAD = K - 1 - sizes.padding
  const plane = { n, oh: h, ow: w }
  const { TI, TJ, TO, LANES } = tile
  if (stride > 1 || PAD < 0 || !isEven(h, w, oh, ow) || !fits(plane, tile, { pool: true }) || c < TO) return undefined
  const columns = (PAD + 1) >> 1
  const HALO = haloOf(plane, tile, columns, isSame(sizes) && columns <= TJ / 2)
  return {
    kernel: "conv2d_relu_max_pool2d_backward_input_tile",
    params: { n, c, h, w, o, ph: oh / 2, pw: ow / 2 },
    threads: [tileCount(plane, tile), Math.ceil(c / TO)],
    consts: { SIZE: LANES, LANES, HALO, K, PAD, TI, TJ, TO },
    variant: tileName(tile),
  }
}

/** By blocks of a product of matrices, in workgroup memory. */
export function inputGemm(sizes: Conv2dSizes, block?: Block): ConvolutionPlan | undefined {
  const { n, c, h, w, o, kh, kw } = sizes
  return convolutionGemm("conv2d_backward_input_gemm", sizes, [c, n * h * w, o * kh * kw], {}, block)
}
