/**
 * Which tile suits a shape on a software adapter, where subgroups of 4 (SwiftShader) or 8
 * (lavapipe) share what they load.
 */
import type { Adapter } from "../../gpu/plan.ts"
import type { Conv2dSizes, Convolution } from "./sizes.ts"
import { isRowOfLanes, isSame, type Plane, type Tile } from "./tile.ts"

/** What a subgroup of so many lanes does best. */
interface Preference {
  /** Output channels of a tile, and those of the weight gradient, the best first. */
  channels: number[]
  weightChannels: number[]
  /**
   * Multiply-adds that are written out in one kernel: what they cost to compile grows faster than
   * what they gain.
   */
  terms: number
  /** The same of an output channel in the kernel for few input channels. */
  fewTerms: number
}

/**
 * By `npx cnn bench conv2d_forward`, 2026-11-24. SwiftShader compiles 1,152 terms in 0.4 s, and
 * 2,304, which are a tenth faster, in 0.7 s. Lavapipe, with MESA_SHADER_CACHE_DISABLE=true, takes a
 * second for either, and 2,304 are a fifth faster; a kernel for few input channels with 200 terms
 * (a window of 5) takes it 0.8 s and one with 400 two seconds, for a third.
 */
const PREFERENCES: Record<number, Preference> = {
  4: { channels: [12, 8, 4], weightChannels: [12, 8, 4, 2], terms: 2048, fewTerms: 2048 },
  8: { channels: [16, 12, 8, 4], weightChannels: [16, 12, 8, 4, 2], terms: 2400, fewTerms: 256 },
}

/** Output channels of each lane in the weight gradient for few input channels, the best first. */
const FEW_WEIGHT_CHANNELS = [2, 3, 1]

/** In words, for people. */
export const CONVOLUTION_TILES = "software adapter, window at most 5x5, stride at most 2"

/**
 * Whether tiles are worth it: larger windows and strides take too long to compile unrolled, or
 * waste too much of them.
 */
export const hasConvolutionTiles = (
  { kind, subgroupSize }: Adapter,
  { sizes: { kh, kw, stride } }: Convolution,
): boolean => kind === "software" && subgroupSize in PREFERENCES && kh === kw && kh <= 5 && stride <= 2

/** Pixels of a tile. */
type Pixels = readonly [TI: number, TJ: number]

const PIXELS: Pixels[] = [[4, 4], [5, 5], [3, 6], [3, 3], [2, 2]] // biome-ignore format: a table
/** Those that 2 x 2 windows cut exactly. */
const POOLED_PIXELS: Pixels[] = [[4, 4], [2, 6], [2, 2]] // biome-ignore format: a table

/** Forward: pixels and channels of y. */
export function forwardTile(adapter: Adapter, { sizes, pool }: Convolution): Tile | undefined {
  const { channels, terms } = PREFERENCES[adapter.subgroupSize]
  return withChannels(planePixels(adapter, sizes, pool), sizes.o, sizes, channels, terms, adapter)
}

export function inputTile(adapter: Adapter, { sizes, pool }: Convolution): Tile | undefined {
  const { channels, terms } = PREFERENCES[adapter.subgroupSize]
  const plane = { ...sizes, oh: sizes.h, ow: sizes.w }
  return withChannels(planePixels(adapter, plane, pool), sizes.c, sizes, channels, terms, adapter)
}

export function weightTile(adapter: Adapter, { sizes, pool }: Convolution): Tile | undefined {
  const { weightChannels, terms } = PREFERENCES[adapter.subgroupSize]
  const pixels = planePixels(adapter, sizes, pool) ?? (pool ? undefined : PIXELS[0])
  return withChannels(pixels, sizes.o, sizes, weightChannels, terms, adapter)
}

/** Forward for few input channels: the pixels, or fewer if those are too many to write out. */
export function fewForwardTile(adapter: Adapter, { sizes, pool }: Convolution): Tile | undefined {
  const { c, kh, kw } = sizes
  const { fewTerms } = PREFERENCES[adapter.subgroupSize]
  const pixels = planePixels(adapter, sizes, pool)
  const most = pixels && [pixels, [2, 4], [2, 2]].find(([ti, tj]) => ti * tj * c * kh * kw <= fewTerms)
  return most && { TI: most[0], TJ: most[1], TO: 1, LANES: adapter.subgroupSize }
}

export function fewWeightTile(adapter: Adapter, { sizes, pool }: Convolution): Tile | undefined {
  const rows = covered(sizes.oh, 4) > 1.2 * covered(sizes.oh, 3) ? 3 : 4
  const pixels = pool ? planePixels(adapter, sizes, pool) : ([rows, 4] as const)
  const TO = channelTile(Math.ceil(sizes.o / adapter.subgroupSize), FEW_WEIGHT_CHANNELS)
  return pixels && TO ? { TI: pixels[0], TJ: pixels[1], TO, LANES: adapter.subgroupSize } : undefined
}

const covered = (extent: number, step: number): number => Math.ceil(extent / step) * step

/** The first of the tiles, unless another costs a sixth less. */
function planePixels({ subgroupSize }: Adapter, sizes: Conv2dSizes & Plane, pool?: boolean): Pixels | undefined {
  const { oh, ow } = sizes
  const fitting = (pool ? POOLED_PIXELS : PIXELS).filter(([ti, tj]) => ti <= oh && tj <= ow)
  // Neighbours that hand their pixels over spare a good part of the loads; with fewer pixels than
  // 20 weights cost as much.
  const alone = ([ti, tj]: Pixels) => ti * tj < 20 || !isSame(sizes) || !isRowOfLanes(ow, tj, subgroupSize)
  const cost = (tile: Pixels) => covered(oh, tile[0]) * covered(ow, tile[1]) * (alone(tile) ? 1.25 : 1)
  return fitting.reduce<Pixels | undefined>(
    (best, tile) => (best && cost(tile) * 1.2 > cost(best) ? best : tile),
    undefined,
  )
}

/** With as many output channels as may be written out. */
function withChannels(
  pixels: Pixels | undefined,
  o: number,
  { kh }: Conv2dSizes,
  channels: number[],
  terms: number,
  { subgroupSize: LANES }: Adapter,
): Tile | undefined {
  if (!pixels) return undefined
  const [TI, TJ] = pixels
  const allowed = channels.filter((to) => to * TI * TJ * kh * kh <= terms)
  const TO = channelTile(o, allowed)
  return TO ? { TI, TJ, TO, LANES } : undefined
}

/**
 * The choice that covers all channels of a layer with the least waste; the first of equals.
 */
function channelTile(o: number, choices: number[]): number | undefined {
  const fitting = choices.filter((to) => to <= o)
  const least = Math.min(...fitting.map((to) => covered(o, to)))
  return fitting.find((to) => covered(o, to) === least)
}
