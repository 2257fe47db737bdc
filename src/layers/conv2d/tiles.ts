/** The dispatches of the tiled convolution kernels for given tiles; none where a kernel does not fit the shape. */
import type { Consts } from "../../gpu/kernel.ts"

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

/** What one invocation computes, so many rows and columns of pixels and so many output channels, and beside how many others. */
export interface Tile {
  TI: number
  TJ: number
  TO: number
  /** Invocations of a subgroup. */
  LANES: number
}

/** What is added to y, and the least that it may be. */
export interface Epilogue {
  bias: boolean
  relu?: boolean
}

/** A subgroup a workgroup, and 65,535 workgroups in one dimension are what every adapter can. */
const MOST_WORKGROUPS = 65_535

/** So low that no y is lower: the infinities are not constants in WGSL. */
const LOWEST = -3.4028234663852886e38

const lowest = ({ relu }: Epilogue): number => (relu ? 0 : LOWEST)

/** A plane of pixels that is cut into tiles. */
interface Plane {
  n: number
  oh: number
  ow: number
}

export const tilesOf = ({ n, oh, ow }: Plane, { TI, TJ }: Tile): number => n * Math.ceil(oh / TI) * Math.ceil(ow / TJ)

/** Whether a tile, and what is dispatched over its plane, is within bounds. */
export const fits = (plane: Plane, tile: Tile): boolean =>
  plane.oh >= tile.TI && plane.ow >= tile.TJ && tilesOf(plane, tile) <= MOST_WORKGROUPS * tile.LANES

/**
 * How many columns at either side of a window are the neighbouring invocations': `columns` where tiles stand side by side
 * over whole rows, and the windows reach no further beyond a tile than its neighbour.
 */
export const haloOf = ({ ow }: Plane, { TJ }: Tile, columns: number, same: boolean): number =>
  same && ow % TJ === 0 && columns <= TJ ? columns : 0

/** The same for kernels that load nothing for the ends of a subgroup: its lanes have to stand over whole rows. */
export const haloOfRows = (plane: Plane, tile: Tile, columns: number, same: boolean): number =>
  isRowOfLanes(plane.ow, tile.TJ, tile.LANES) ? haloOf(plane, tile, columns, same) : 0

/** Whether a row of so many pixels is one tile after the other, and those of one or more whole rows a subgroup. */
export const isRowOfLanes = (ow: number, TJ: number, LANES: number): boolean => ow % TJ === 0 && LANES % (ow / TJ) === 0

/** Whether the output is as large as the input, pixel by pixel. */
export const isSame = ({ kh, kw, stride, padding }: Conv2dSizes): boolean =>
  stride === 1 && kh === kw && kh === 2 * padding + 1

/** Consts that all tiled kernels have; a workgroup is one subgroup. */
export const tileConsts = ({ kh: K, stride: STRIDE }: Conv2dSizes, { TI, TJ, LANES }: Tile): Consts => ({
  SIZE: LANES,
  LANES,
  K,
  STRIDE,
  TI,
  TJ,
})

/** y of tensors x, w, b, y. */
export function forwardTiles(sizes: Conv2dSizes, epilogue: Epilogue, tile: Tile): Plan | undefined {
  const { n, c, h, w, o, oh, ow, kh, padding } = sizes
  const bias = Number(epilogue.bias)
  const params = {
    n,
    c,
    h,
    w,
    o,
    oh,
    ow,
    padding,
    w_o: c * kh * kh,
    w_c: kh * kh,
    flip: 0,
    bias,
    lowest: lowest(epilogue),
  }
  return tiles(params, sizes, tile)
}

/**
 * dx for stride 1, a convolution of dy with the kernel turned round, padded by K - 1 - padding: x, w, b, y of the kernel
 * stand for dy, w, anything, dx.
 */
export function inputTiles(sizes: Conv2dSizes, tile: Tile): Plan | undefined {
  const { n, c, h, w, o, oh, ow, kh, stride } = sizes
  const padding = kh - 1 - sizes.padding
  if (stride > 1 || padding < 0) return undefined
  const turned = { ...sizes, c: o, h: oh, w: ow, o: c, oh: h, ow: w, padding }
  const weights = { w_o: kh * kh, w_c: c * kh * kh, flip: 1, bias: 0, lowest: LOWEST }
  return tiles({ n, c: o, h: oh, w: ow, o: c, oh: h, ow: w, padding, ...weights }, turned, tile)
}

function tiles(params: Plan["params"], sizes: Conv2dSizes, tile: Tile): Plan | undefined {
  const { TO } = tile
  if (!fits(sizes, tile) || sizes.o < TO) return undefined
  const HALO = haloOf(sizes, tile, sizes.padding, isSame(sizes))
  const consts = { ...tileConsts(sizes, tile), TO, HALO }
  return { kernel: "conv2d_tile", params, consts, threads: [tilesOf(sizes, tile), Math.ceil(sizes.o / TO)] }
}

/** y of tensors x, w, b, y for one to three input channels. */
export function forwardFew(sizes: Conv2dSizes, epilogue: Epilogue, tile: Tile): Plan | undefined {
  const { n, c: C, h, w, o, oh, ow, padding } = sizes
  if (C > 3 || !fits(sizes, tile)) return undefined
  const params = { n, h, w, o, oh, ow, padding, bias: Number(epilogue.bias), lowest: lowest(epilogue) }
  const consts = { ...tileConsts(sizes, tile), C, HALO: haloOfRows(sizes, tile, padding, isSame(sizes)) }
  return { kernel: "conv2d_tile_few", params, consts, threads: [tilesOf(sizes, tile)] }
}

/** part of tensors x, dy, part; conv2d_backward_weight_sum makes dw and db of it. */
export function weightTiles(sizes: Conv2dSizes, tile: Tile, splits: number): Plan | undefined {
  const threads = [sizes.c, Math.ceil(sizes.o / tile.TO)]
  return weights("conv2d_backward_weight_tile", sizes, tile, splits, threads)
}

/** The same for one to three input channels: the invocations of a subgroup share an input channel. */
export function weightFew(sizes: Conv2dSizes, tile: Tile, splits: number): Plan | undefined {
  if (sizes.c > 3) return undefined
  const threads = [tile.LANES * sizes.c, Math.ceil(sizes.o / tile.TO / tile.LANES)]
  return weights("conv2d_backward_weight_few", sizes, tile, splits, threads)
}

function weights(kernel: string, sizes: Conv2dSizes, tile: Tile, most: number, threads: number[]): Plan | undefined {
  const { n, c, h, w, o, oh, ow, padding } = sizes
  if (o < tile.TO) return undefined
  const splits = Math.min(most, tilesOf(sizes, tile))
  const params = { n, c, h, w, o, oh, ow, padding, splits, first_channels: 0, first_split: 0 }
  return { kernel, params, consts: { ...tileConsts(sizes, tile), TO: tile.TO }, threads: [...threads, splits] }
}
