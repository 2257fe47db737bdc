/**
 * y of a convolution: the plans of its kernels, from the plain one to those by blocks, and running
 * one.
 */
import type { Tensor } from "../../tensor/tensor.ts"
import type { Block } from "../matmul/gemm.ts"
import { convolutionGemm } from "./gemm.ts"
import { type Conv2dSizes, type ConvolutionPlan, type Epilogue, isDense } from "./sizes.ts"
import { FEW, fits, haloOf, haloOfRows, isSame, type Tile, tileConsts, tileCount, tileName } from "./tile.ts"

/** Fills y; with pooling y and won. */
export function runForward(
  plan: ConvolutionPlan,
  { x, w, b, y, won }: { x: Tensor; w: Tensor; b?: Tensor | null; y: Tensor; won?: Tensor },
): void {
  const { gpu } = x
  const tensors = { x, w, b: b ?? w, y }
  // A kernel that does not pool writes nothing there.
  gpu.runPlan(plan, plan.bindsWon ? { ...tensors, won: won ?? gpu.empty([1]) } : tensors)
}

/** One thread per element of y. */
export const forwardPlain = (sizes: Conv2dSizes, { bias = false, relu = false }: Epilogue): ConvolutionPlan => ({
  kernel: "conv2d",
  params: { ...sizes },
  threads: [sizes.n * sizes.o * sizes.oh * sizes.ow],
  consts: { BIAS: bias, RELU: relu },
  speed: "plain",
})

/**
 * A sum becomes 0 if its bits, read as a whole number, are below: with a ReLU those of -Infinity to
 * -0 are (relu.wgsl), without one none.
 */
const [WITH_RELU, NO_RELU] = [-0x7fffff, -0x80000000]

/** Undefined if the tile does not fit the shape, here and below. */
export function forwardTiles(sizes: Conv2dSizes, epilogue: Epilogue, tile: Tile): ConvolutionPlan | undefined {
  const { n, c, h, w, o, oh, ow, kh, padding } = sizes
  if (!isDense(sizes) || !fits(sizes, tile, epilogue) || o < tile.TO) return undefined
  const weights = { w_o: c * kh * kh, w_c: kh * kh, flip: 0 }
  const HALO = haloOf(sizes, tile, padding, isSame(sizes))
  return {
    kernel: "conv2d_tile",
    params: { n, c, h, w, o, oh, ow, padding, ...weights, ...limits(epilogue) },
    threads: [tileCount(sizes, tile), Math.ceil(o / tile.TO)],
    consts: { ...tileConsts(sizes, tile, epilogue), TO: tile.TO, HALO },
    variant: tileName(tile),
    bindsWon: true,
  }
}

/** For at most `FEW` input channels, and tiles of one output channel. */
export function forwardFew(sizes: Conv2dSizes, epilogue: Epilogue, tile: Tile): ConvolutionPlan | undefined {
  const { n, c: C, h, w, o, oh, ow, padding } = sizes
  if (!isDense(sizes) || C > FEW || tile.TO !== 1 || !fits(sizes, tile, epilogue)) return undefined
  return {
    kernel: "conv2d_tile_few",
    params: { n, h, w, o, oh, ow, padding, ...limits(epilogue) },
    threads: [tileCount(sizes, tile)],
    consts: { ...tileConsts(sizes, tile, epilogue), C, HALO: haloOfRows(sizes, tile, padding, isSame(sizes)) },
    variant: tileName(tile),
    speed: "few",
    bindsWon: true,
  }
}

export const limits = ({ bias, relu }: Epilogue) => ({
  bias: Number(bias ?? false),
  zero_below: relu ? WITH_RELU : NO_RELU,
})

/** By blocks of a product of matrices, in workgroup memory. */
export function forwardGemm(sizes: Conv2dSizes, { bias, relu }: Epilogue, block?: Block): ConvolutionPlan | undefined {
  const { n, c, o, oh, ow, kh, kw } = sizes
  const flags = { BIAS: bias ?? false, RELU: relu ?? false }
  return convolutionGemm("conv2d_gemm", sizes, [o, n * oh * ow, c * kh * kw], flags, block)
}
