/**
 * The dispatches of the tiled kernels of conv2dReluMaxPool2d for given tiles; none where a kernel does not fit the shape.
 * Sizes are those of the convolution; y and won are [N,O,PH,PW] with PH = floor(OH / 2), PW = floor(OW / 2).
 */
import {
  type Conv2dSizes,
  fits,
  haloOf,
  haloOfRows,
  isSame,
  type Plan,
  type Tile,
  tileConsts,
  tilesOf,
} from "./tiles.ts"

const isEven = (...extents: number[]): boolean => extents.every((extent) => extent % 2 === 0)

/** The convolution's rows and columns that windows cover. */
const covered = ({ n, oh, ow }: Conv2dSizes) => ({ n, oh: oh - (oh % 2), ow: ow - (ow % 2) })

const pooled = ({ oh, ow }: Conv2dSizes) => ({ ph: oh >> 1, pw: ow >> 1 })

/** y and won of tensors x, w, b, y, won. */
export function forwardTiles(sizes: Conv2dSizes, bias: boolean, tile: Tile): Plan | undefined {
  const { n, c, h, w, o, padding } = sizes
  const plane = covered(sizes)
  if (!fits(plane, tile) || !isEven(tile.TI, tile.TJ) || o < tile.TO) return undefined
  const HALO = haloOf(plane, tile, padding, isSame(sizes) && isEven(sizes.ow))
  return {
    kernel: "conv2d_relu_max_pool2d_tile",
    params: { n, c, h, w, o, ...pooled(sizes), padding, bias: Number(bias) },
    consts: { ...tileConsts(sizes, tile), TO: tile.TO, HALO },
    threads: [tilesOf(plane, tile), Math.ceil(o / tile.TO)],
  }
}

/** The same for one to three input channels. */
export function forwardFew(sizes: Conv2dSizes, bias: boolean, tile: Tile): Plan | undefined {
  const { n, c: C, h, w, o, padding } = sizes
  const plane = covered(sizes)
  if (C > 3 || !fits(plane, tile) || !isEven(tile.TI, tile.TJ)) return undefined
  const HALO = haloOfRows(plane, tile, padding, isSame(sizes) && isEven(sizes.ow))
  return {
    kernel: "conv2d_relu_max_pool2d_tile_few",
    params: { n, h, w, o, ...pooled(sizes), padding, bias: Number(bias) },
    consts: { ...tileConsts(sizes, tile), C, HALO },
    threads: [tilesOf(plane, tile)],
  }
}

/** dx of tensors w, dy, won, dx, for stride 1 and an x of even sides. */
export function inputTiles(sizes: Conv2dSizes, tile: Tile): Plan | undefined {
  const { n, c, h, w, o, kh: K, stride } = sizes
  const PAD = K - 1 - sizes.padding
  const plane = { n, oh: h, ow: w }
  const { TI, TJ, TO, LANES } = tile
  if (stride > 1 || PAD < 0 || !isEven(h, w, TI, TJ) || !fits(plane, tile) || c < TO) return undefined
  const HALO = haloOf(plane, tile, (PAD + 1) >> 1, isSame(sizes) && (PAD + 1) >> 1 <= TJ / 2)
  return {
    kernel: "conv2d_relu_max_pool2d_backward_input_tile",
    params: { n, c, h, w, o, ...pooled(sizes) },
    consts: { SIZE: LANES, LANES, HALO, K, PAD, TI, TJ, TO },
    threads: [tilesOf(plane, tile), Math.ceil(c / TO)],
  }
}

/** part of tensors x, dy, won, part; conv2d_backward_weight_sum makes dw and db of it. */
export function weightTiles(sizes: Conv2dSizes, tile: Tile, splits: number): Plan | undefined {
  const threads = [sizes.c, Math.ceil(sizes.o / tile.TO)]
  return weights("conv2d_relu_max_pool2d_backward_weight_tile", sizes, tile, splits, threads)
}

/** The same for one to three input channels: the invocations of a subgroup share an input channel. */
export function weightFew(sizes: Conv2dSizes, tile: Tile, splits: number): Plan | undefined {
  if (sizes.c > 3) return undefined
  const threads = [tile.LANES * sizes.c, Math.ceil(sizes.o / tile.TO / tile.LANES)]
  return weights("conv2d_relu_max_pool2d_backward_weight_few", sizes, tile, splits, threads)
}

function weights(kernel: string, sizes: Conv2dSizes, tile: Tile, most: number, threads: number[]): Plan | undefined {
  const { n, c, h, w, o, padding } = sizes
  if (o < tile.TO || !isEven(tile.TI, tile.TJ)) return undefined
  const splits = Math.min(most, tilesOf(covered(sizes), tile))
  const params = { n, c, h, w, o, ...pooled(sizes), padding, splits, first_channels: 0, first_split: 0 }
  return { kernel, params, consts: { ...tileConsts(sizes, tile), TO: tile.TO }, threads: [...threads, splits] }
}
