/**
 * Which kernel computes a convolution: pure functions of shape and adapter. The plain kernels, one thread an element,
 * fit every shape; they are what to read first. The tiled ones are for software adapters with subgroups.
 *
 * Measured by bench/conv2d.ts on SwiftShader (Subzero), 2 cores, 2026-11-23, batch 32; GFLOP/s of forward, input gradient
 * and weight gradient, and in brackets of the plain kernels; a repeated run gave up to a third more or less:
 *
 *     channels  plane  forward, input  F          I          weight      W
 *     1-16      64x64  few 4x4         3.9 (0.2)             few 4x4x2   1.9 (0.4)
 *     1-12, 5x5 stride 2, 64x64        4.5 (0.3)             few 4x4x3   2.5 (0.4)
 *     12-24     32x32  tile 4x4x12     6.5 (0.3)  5.6 (0.4)  tile 4x4x12 6.1 (0.5)
 *     16-32     32x32  tile 4x4x8      5.9 (0.3)  5.4 (0.5)  tile 4x4x8  5.6 (0.5)
 *     24-48     16x16  tile 4x4x12     5.7 (0.3)  6.1 (0.6)  tile 4x4x12 5.4 (0.4)
 *     32-64     16x16  tile 4x4x8      5.4 (0.3)  6.0 (0.5)  tile 4x4x8  5.7 (0.5)
 *     32-64     8x8    tile 4x4x8      5.5 (0.3)  5.9 (0.5)  tile 4x4x8  5.1 (0.4)
 *     48-48     6x6    tile 3x6x12     6.1 (0.3)  6.2 (0.6)  tile 3x4x12 4.1 (0.4)
 *
 * Measured before tiles of 5x5 came, and before weight tiles of any width: at 6x6 the weight gradient is 3x6x12 by now.
 *
 * To compile, wall clock: tile 4x4x8 234 ms, 4x4x12 286, 3x6x12 338; few 79, of 5x5 191; for the weight gradient tile 4x4x8
 * 178, 4x4x12 327, few 110, of 5x5 336. The layers of a network share pipelines, since what they differ in are params.
 */
import type { AdapterInfo } from "../gpu/adapter.ts"
import {
  type Conv2dSizes,
  forwardFew,
  forwardTiles,
  inputTiles,
  type Plan,
  type Tile,
  weightFew,
  weightTiles,
} from "./conv2d_tiles.ts"

export type { Conv2dSizes, Plan }

type Adapter = Pick<AdapterInfo, "kind" | "subgroups">

/** Larger kernels and strides take too long to compile unrolled, or waste too much of their tiles. */
const tiled = (adapter: Adapter, { kh, kw, stride }: Conv2dSizes): boolean =>
  adapter.kind === "software" && adapter.subgroups && kh === kw && kh <= 5 && stride <= 2

/** Multiply-adds that are written out in one kernel: 1,900 compile for a third of a second, 2,300 for over half of one. */
const MOST_TERMS = 2048

const covered = (extent: number, step: number): number => Math.ceil(extent / step) * step

/** Tiles of pixels, the best first: 4x4 unless another covers the plane with a sixth less. */
function planeTile(oh: number, ow: number): [TI: number, TJ: number] | undefined {
  const fitting = PLANE_TILES.filter(([ti, tj]) => ti <= oh && tj <= ow)
  const area = ([ti, tj]: readonly [number, number]) => covered(oh, ti) * covered(ow, tj)
  return fitting.reduce<[number, number] | undefined>(
    (best, tile) => (best && area(tile) * 1.2 > area(best) ? best : tile),
    undefined,
  )
}

const PLANE_TILES: [number, number][] = [[4, 4], [5, 5], [3, 6], [3, 3], [2, 2]] // biome-ignore format: a table

/** Output channels of a tile: all those of a layer with as little waste as there can be, the earliest of the best. */
function channelTile(o: number, choices: number[]): number | undefined {
  const fitting = choices.filter((to) => to <= o)
  const least = Math.min(...fitting.map((to) => covered(o, to)))
  return fitting.find((to) => covered(o, to) === least)
}

/** Of conv2d_tile. Layers of 12, 24 or 48 channels share one pipeline, those of 8, 16, 32 or 64 another. */
function outputTile(o: number, oh: number, ow: number, k: number): Tile | undefined {
  const plane = planeTile(oh, ow)
  if (!plane) return undefined
  const [TI, TJ] = plane
  const TO = channelTile(
    o,
    [12, 8, 4].filter((to) => to * TI * TJ * k * k <= MOST_TERMS),
  )
  return TO ? { TI, TJ, TO } : undefined
}

/** Tensors x, w, b, y. */
export function planForward(adapter: Adapter, sizes: Conv2dSizes, bias: boolean): Plan {
  const { n, c, o, oh, ow, kh } = sizes
  const plain = { kernel: "conv2d", params: { ...sizes }, consts: { BIAS: bias }, threads: [n * o * oh * ow] }
  const plane = planeTile(oh, ow)
  if (!tiled(adapter, sizes) || !plane) return plain
  const few = plane[0] * plane[1] * c * kh * kh <= MOST_TERMS && forwardFew(sizes, bias, { TI: plane[0], TJ: plane[1] })
  const tile = outputTile(o, oh, ow, kh)
  return few || (tile && forwardTiles(sizes, bias, tile)) || plain
}

/** Tensors w, dy, dx for the plain kernel; for conv2d_tile x, w, b, y stand for dy, w, anything, dx. */
export function planBackwardInput(adapter: Adapter, sizes: Conv2dSizes): Plan {
  const { n, c, h, w, kh } = sizes
  const plain = { kernel: "conv2d_backward_input", params: { ...sizes }, consts: {}, threads: [n * c * h * w] }
  const tile = tiled(adapter, sizes) ? outputTile(c, h, w, kh) : undefined
  return (tile && inputTiles(sizes, tile)) ?? plain
}

/**
 * Tensors x, dy, dw for the plain kernel. For the others, which have `splits` among their params, x, dy, part, and then
 * conv2d_backward_weight_sum with part, dw, db: the bias gradient comes with it.
 */
export function planBackwardWeight(adapter: Adapter, sizes: Conv2dSizes): Plan {
  const { c, o, oh, ow, kh, kw } = sizes
  const plain = { kernel: "conv2d_backward_weight", params: { ...sizes }, consts: {}, threads: [o * c * kh * kw] }
  if (!tiled(adapter, sizes)) return plain
  const few = channelTile(Math.ceil(o / 4), [2, 3, 1])
  if (few && c <= 3) {
    const TI = covered(oh, 4) > 1.2 * covered(oh, 3) ? 3 : 4
    return weightFew(sizes, { TI, TJ: 4, TO: few }, splits(c * Math.ceil(o / few / 4))) ?? plain
  }
  const [TI, TJ] = planeTile(oh, ow) ?? [4, 4]
  const TO = channelTile(
    o,
    [12, 8, 4, 2].filter((to) => to * TI * TJ * kh * kh <= MOST_TERMS),
  )
  if (!TO) return plain
  return weightTiles(sizes, { TI, TJ, TO }, splits(Math.ceil(c / 4) * Math.ceil(o / TO))) ?? plain
}

/** So that there are some 128 workgroups, which is enough for any processor. */
const splits = (groups: number): number => Math.min(32, Math.ceil(128 / groups))
