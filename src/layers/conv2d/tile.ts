/**
 * Tiles of pixels and channels: what one invocation of a tiled kernel computes, where it fits, what
 * it may hand on.
 */
import type { Consts } from "../../gpu/kernel.ts"
import type { Conv2dSizes, Epilogue } from "./sizes.ts"

/**
 * What one invocation computes, so many rows and columns of pixels and so many output channels, and
 * beside how many others.
 */
export interface Tile {
  TI: number
  TJ: number
  TO: number
  /** Invocations of a subgroup. */
  LANES: number
}

/** At most so many input channels, all at once, are what the kernels called few take. */
export const FEW = 3

/** As a table of `cnn tune` names it: "4x4x8". */
export const tileName = ({ TI, TJ, TO }: Omit<Tile, "LANES">): string => `${TI}x${TJ}x${TO}`

/** A subgroup a workgroup, and 65,535 workgroups in one dimension are what every adapter can. */
const MOST_WORKGROUPS = 65_535

/** A plane of pixels that is cut into tiles. */
export interface Plane {
  n: number
  oh: number
  ow: number
}

/** The number of tiles that cover all images. */
export const tileCount = ({ n, oh, ow }: Plane, { TI, TJ }: Pick<Tile, "TI" | "TJ">): number =>
  n * Math.ceil(oh / TI) * Math.ceil(ow / TJ)

/**
 * Whether a tile, and what is dispatched over its plane, is within bounds; for pooling the
 * windows have to cover both exactly: a row that fills none still counts in dw.
 */
export const fits = (plane: Plane, tile: Tile, { pool }: Epilogue = {}): boolean =>
  plane.oh >= tile.TI &&
  plane.ow >= tile.TJ &&
  tileCount(plane, tile) <= MOST_WORKGROUPS * tile.LANES &&
  (!pool || isEven(tile.TI, tile.TJ, plane.oh, plane.ow))

export const isEven = (...extents: number[]): boolean => extents.every((extent) => extent % 2 === 0)

/**
 * Whether a row of so many pixels is one tile after the other, and a subgroup computes one or more
 * whole rows.
 */
export const isRowOfLanes = (ow: number, TJ: number, LANES: number): boolean => ow % TJ === 0 && LANES % (ow / TJ) === 0

/** Whether the rows of the output are as long as those of the input, pixel by pixel. */
export const isSame = ({ kh, kw, stride, padding, w, ow }: Conv2dSizes): boolean =>
  stride === 1 && kh === kw && kh === 2 * padding + 1 && ow === w

/**
 * How many columns at either side of a window are the neighbouring invocations': `columns` if
 * tiles stand side by side over whole rows, and the windows reach no further beyond a tile than its
 * neighbour.
 */
export const haloOf = ({ ow }: Plane, { TJ }: Tile, columns: number, same: boolean): number =>
  same && ow % TJ === 0 && columns <= TJ ? columns : 0

/**
 * The same for kernels that load nothing for the ends of a subgroup: its lanes have to stand over
 * whole rows.
 */
export const haloOfRows = (plane: Plane, tile: Tile, columns: number, same: boolean): number =>
  isRowOfLanes(plane.ow, tile.TJ, tile.LANES) ? haloOf(plane, tile, columns, same) : 0

/** Consts that all tiled kernels have; a workgroup is one subgroup. */
export const tileConsts = (
  { kh: K, stride: STRIDE }: Conv2dSizes,
  { TI, TJ, LANES }: Tile,
  { pool }: Epilogue = {},
): Consts => ({ SIZE: LANES, LANES, POOL: Number(pool ?? false), K, STRIDE, TI, TJ })
