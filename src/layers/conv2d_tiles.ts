/** The dispatches of the tiled convolution kernels for given tiles; none where a kernel does not fit the shape. */
import type { Consts } from "../gpu/kernel.ts"

/** Sizes of a convolution: x [N,C,H,W], w [O,C,KH,KW], y [N,O,OH,OW]. */
export interface Conv2dSizes {
  n: number
  c: number
  h: number
  w: number
  o: number
  oh: number
  ow: number
  kh: number
  kw: number
  stride: number
  padding: number
}

/** A dispatch, but for its tensors. */
export interface Plan {
  kernel: string
  params: Record<string, number>
  consts: Consts
  threads: number[]
}

/** What one invocation computes: so many rows and columns of pixels, and so many output channels. */
export interface Tile {
  TI: number
  TJ: number
  TO: number
}

/** Four tiles a workgroup, and 65,535 workgroups in one dimension are what every adapter can. */
const MOST_TILES = 4 * 65_535

const tilesOf = ({ n, oh, ow }: Pick<Conv2dSizes, "n" | "oh" | "ow">, { TI, TJ }: Omit<Tile, "TO">): number =>
  n * Math.ceil(oh / TI) * Math.ceil(ow / TJ)

/** y of tensors x, w, b, y. */
export function forwardTiles(sizes: Conv2dSizes, bias: boolean, tile: Tile): Plan | undefined {
  const { n, c, h, w, o, oh, ow, kh, stride, padding } = sizes
  const weights = { w_o: c * kh * kh, w_c: kh * kh, flip: 0, bias: Number(bias) }
  return tiles({ n, c, h, w, o, oh, ow, padding, ...weights }, kh, stride, tile)
}

/**
 * dx for stride 1, a convolution of dy with the kernel turned round, padded by K - 1 - padding: x, w, b, y of the kernel
 * stand for dy, w, anything, dx.
 */
export function inputTiles({ n, c, h, w, o, oh, ow, kh, ...rest }: Conv2dSizes, tile: Tile): Plan | undefined {
  const padding = kh - 1 - rest.padding
  if (rest.stride > 1 || padding < 0) return undefined
  const weights = { w_o: kh * kh, w_c: c * kh * kh, flip: 1, bias: 0 }
  return tiles({ n, c: o, h: oh, w: ow, o: c, oh: h, ow: w, padding, ...weights }, kh, 1, tile)
}

function tiles(
  params: Plan["params"] & Record<"n" | "o" | "oh" | "ow", number>,
  K: number,
  STRIDE: number,
  tile: Tile,
): Plan | undefined {
  const { o, oh, ow } = params
  const across = tilesOf(params, tile)
  if (oh < tile.TI || ow < tile.TJ || o < tile.TO || across > MOST_TILES) return undefined
  return { kernel: "conv2d_tile", params, consts: { K, STRIDE, ...tile }, threads: [across, Math.ceil(o / tile.TO)] }
}

/** y of tensors x, w, b, y for one to three input channels. */
export function forwardFew(sizes: Conv2dSizes, bias: boolean, tile: Omit<Tile, "TO">): Plan | undefined {
  const { n, c: C, h, w, o, oh, ow, kh: K, stride: STRIDE, padding } = sizes
  const across = tilesOf(sizes, tile)
  if (C > 3 || oh < tile.TI || ow < tile.TJ || across > MOST_TILES) return undefined
  const params = { n, h, w, o, oh, ow, padding, bias: Number(bias) }
  return { kernel: "conv2d_tile_few", params, consts: { C, K, STRIDE, ...tile }, threads: [across] }
}

/** part of tensors x, dy, part; conv2d_backward_weight_sum makes dw and db of it. */
export function weightTiles(sizes: Conv2dSizes, tile: Tile, splits: number): Plan | undefined {
  const threads = [sizes.c, Math.ceil(sizes.o / tile.TO)]
  return weights("conv2d_backward_weight_tile", sizes, tile, splits, threads)
}

/** The same for one to three input channels. */
export function weightFew(sizes: Conv2dSizes, tile: Tile, splits: number): Plan | undefined {
  if (sizes.c > 3) return undefined
  // Four invocations, each with TO output channels, share an input channel.
  const threads = [4 * sizes.c, Math.ceil(sizes.o / tile.TO / 4)]
  return weights("conv2d_backward_weight_few", sizes, tile, splits, threads)
}

function weights(kernel: string, sizes: Conv2dSizes, tile: Tile, most: number, threads: number[]): Plan | undefined {
  const { n, c, h, w, o, oh, ow, kh: K, stride: STRIDE, padding } = sizes
  if (o < tile.TO) return undefined
  const splits = Math.min(most, tilesOf(sizes, tile))
  const params = { n, c, h, w, o, oh, ow, padding, splits }
  return { kernel, params, consts: { K, STRIDE, ...tile }, threads: [...threads, splits] }
}
