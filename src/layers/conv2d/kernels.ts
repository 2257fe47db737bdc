/**
 * Which kernel computes a convolution: pure functions of shape and adapter. The plain kernels, one thread an element,
 * fit every shape; they are what to read first. The tiled ones are for software adapters with subgroups of 4
 * (SwiftShader) or 8 (lavapipe), those of conv2d_gemm.ts for GPUs; bench/conv2d.ts has their ladder.
 */
import type { AdapterInfo } from "../../gpu/adapter.ts"
import { forwardGemm, inputGemm, sumWide, weightGemm } from "./gemm.ts"
import {
  type Conv2dSizes,
  type Epilogue,
  forwardFew,
  forwardTiles,
  inputTiles,
  isRowOfLanes,
  isSame,
  type Plan,
  type Tile,
  weightFew,
  weightTiles,
} from "./tiles.ts"
import { type Kernels, tunedPlan } from "./variants.ts"

export type { Conv2dSizes, Plan }

/** `tuned`, where there is such a table, goes before what is chosen here. */
export type Adapter = Pick<AdapterInfo, "kind" | "subgroupSize" | "tuned">

/** What a subgroup of so many lanes does best. */
export interface Choices {
  /** Output channels of a tile, and those of the weight gradient, the best first. */
  channels: number[]
  weightChannels: number[]
  /** Output channels of each lane in the weight gradient for few input channels. */
  fewChannels: number[]
  /** Multiply-adds that are written out in one kernel: what they cost to compile grows faster than what they gain. */
  terms: number
  /** The same of an output channel in the kernel for few input channels. */
  fewTerms: number
}

/**
 * By `npx cnn bench conv2d_forward`, 2026-11-24. SwiftShader compiles 1,152 terms in 0.4 s, and 2,304, which are a tenth
 * faster, in 0.7 s. Lavapipe, with MESA_SHADER_CACHE_DISABLE=true, takes a second for either, and 2,304 are a fifth faster;
 * a kernel for few input channels with 200 terms (a window of 5) takes it 0.8 s and one with 400 two seconds, for a third.
 */
const CHOICES: Record<number, Choices> = {
  4: { channels: [12, 8, 4], weightChannels: [12, 8, 4, 2], fewChannels: [2, 3, 1], terms: 2048, fewTerms: 2048 },
  8: {
    channels: [16, 12, 8, 4],
    weightChannels: [16, 12, 8, 4, 2],
    fewChannels: [2, 3, 1],
    terms: 2400,
    fewTerms: 256,
  },
}

/** None for plain kernels: larger kernels and strides take too long to compile unrolled, or waste too much of their tiles. */
export function choicesFor({ kind, subgroupSize }: Adapter, { kh, kw, stride }: Conv2dSizes): Choices | undefined {
  return kind === "software" && kh === kw && kh <= 5 && stride <= 2 ? CHOICES[subgroupSize] : undefined
}

const covered = (extent: number, step: number): number => Math.ceil(extent / step) * step

/** Pixels of a tile. */
type Pixels = readonly [TI: number, TJ: number]

const PLANE_TILES: Pixels[] = [[4, 4], [5, 5], [3, 6], [3, 3], [2, 2]] // biome-ignore format: a table

/** The first of the tiles, unless another costs a sixth less. */
export function planeTile(sizes: Conv2dSizes, { subgroupSize }: Adapter, tiles = PLANE_TILES): Pixels | undefined {
  const { oh, ow } = sizes
  const fitting = tiles.filter(([ti, tj]) => ti <= oh && tj <= ow)
  // Neighbours that hand their pixels over spare a good part of the loads; with fewer pixels than 20 weights cost as much.
  const alone = ([ti, tj]: Pixels) => ti * tj < 20 || !isSame(sizes) || !isRowOfLanes(ow, tj, subgroupSize)
  const cost = (tile: Pixels) => covered(oh, tile[0]) * covered(ow, tile[1]) * (alone(tile) ? 1.25 : 1)
  return fitting.reduce<Pixels | undefined>(
    (best, tile) => (best && cost(tile) * 1.2 > cost(best) ? best : tile),
    undefined,
  )
}

/** Of the choices, the one that covers all channels of a layer with the least waste, the earliest of the best. */
function channelTile(o: number, choices: number[]): number | undefined {
  const fitting = choices.filter((to) => to <= o)
  const least = Math.min(...fitting.map((to) => covered(o, to)))
  return fitting.find((to) => covered(o, to) === least)
}

/** A tile of pixels with as many output channels as may be written out. */
export function tileOf([TI, TJ]: Pixels, o: number, k: number, channels: number[], terms: number, LANES: number) {
  const TO = channelTile(
    o,
    channels.filter((to) => to * TI * TJ * k * k <= terms),
  )
  return TO ? { TI, TJ, TO, LANES } : undefined
}

/** How few input channels a layer has where it gets kernels of its own. */
export const FEW = 3

/** Forward for few input channels: the pixels, or fewer where those are too many to write out. */
export function fewTile(plane: Pixels, { c, kh, kw }: Conv2dSizes, { fewTerms }: Choices) {
  const tile = [plane, [2, 4], [2, 2]].find(([ti, tj]) => ti * tj * c * kh * kw <= fewTerms)
  return c <= FEW && tile ? { TI: tile[0], TJ: tile[1], TO: 1 } : undefined
}

/** Tensors x, w, b, y. */
export function planForward(adapter: Adapter, sizes: Conv2dSizes, epilogue: Epilogue): Plan {
  const { n, o, oh, ow, kh } = sizes
  const { bias: BIAS, relu: RELU = false } = epilogue
  const plain = { kernel: "conv2d", params: { ...sizes }, consts: { BIAS, RELU }, threads: [n * o * oh * ow] }
  const kernels: Kernels = {
    plain,
    gemm: (sizes, block) => forwardGemm(sizes, epilogue, block),
    tiles: (sizes, tile) => forwardTiles(sizes, epilogue, tile),
    few: (sizes, tile) => (tile.TO === 1 ? forwardFew(sizes, epilogue, tile) : undefined),
  }
  const tuned = tunedPlan("forward", adapter, sizes, kernels)
  if (adapter.kind === "gpu") return tuned ?? forwardGemm(sizes, epilogue) ?? plain
  const choices = choicesFor(adapter, sizes)
  const plane = planeTile(sizes, adapter)
  if (tuned || !choices || !plane) return tuned ?? plain
  const LANES = adapter.subgroupSize
  const few = fewTile(plane, sizes, choices)
  const tile = tileOf(plane, o, kh, choices.channels, choices.terms, LANES)
  const plan = few && forwardFew(sizes, epilogue, { ...few, LANES })
  return plan ?? (tile && forwardTiles(sizes, epilogue, tile)) ?? plain
}

/** Tensors w, dy, dx for the plain kernel; for conv2d_tile x, w, b, y stand for dy, w, anything, dx. */
export function planBackwardInput(adapter: Adapter, sizes: Conv2dSizes): Plan {
  const { n, c, h, w, kh } = sizes
  const plain = { kernel: "conv2d_backward_input", params: { ...sizes }, consts: {}, threads: [n * c * h * w] }
  const kernels: Kernels = { plain, gemm: inputGemm, tiles: inputTiles, few: () => undefined }
  const tuned = tunedPlan("input", adapter, sizes, kernels)
  if (adapter.kind === "gpu") return tuned ?? inputGemm(sizes) ?? plain
  const choices = choicesFor(adapter, sizes)
  const plane = planeTile({ ...sizes, oh: h, ow: w }, adapter)
  if (tuned || !choices || !plane) return tuned ?? plain
  const tile = tileOf(plane, c, kh, choices.channels, choices.terms, adapter.subgroupSize)
  return (tile && inputTiles(sizes, tile)) ?? plain
}

/**
 * Tensors x, dy, dw for the plain kernel. For the others, which have `splits` among their params, x, dy, part, and then
 * planWeightSum with part, dw, db: the bias gradient comes with it.
 */
export function planBackwardWeight(adapter: Adapter, sizes: Conv2dSizes): Plan {
  const { c, o, oh, kh, kw } = sizes
  const plain = {
    kernel: "conv2d_backward_weight",
    params: { ...sizes, first: 0 },
    consts: {},
    threads: [o * c * kh * kw],
  }
  const kernels = inSplits(weightFew, weightTiles)
  const tuned = tunedPlan("weight", adapter, sizes, { plain, gemm: weightGemm, ...kernels })
  if (adapter.kind === "gpu") return tuned ?? weightGemm(sizes) ?? plain
  const choices = choicesFor(adapter, sizes)
  if (tuned || !choices) return tuned ?? plain
  if (c <= FEW) {
    const rows = covered(oh, 4) > 1.2 * covered(oh, 3) ? 3 : 4
    return weightPlan(adapter, sizes, choices, [rows, 4], kernels) ?? plain
  }
  return weightPlan(adapter, sizes, choices, planeTile(sizes, adapter) ?? [4, 4], kernels) ?? plain
}

type WeightKernel = (sizes: Conv2dSizes, tile: Tile, splits: number) => Plan | undefined

/** So that there are some 128 workgroups, which is enough for any processor. */
const splits = (groups: number): number => Math.min(32, Math.ceil(128 / groups))

/** The kernel for few input channels and the other, their sums in as many parts as they need. */
export const inSplits = (few: WeightKernel, tiles: WeightKernel): Omit<Kernels, "plain"> => ({
  few: (sizes, tile) => few(sizes, tile, splits(sizes.c * Math.ceil(sizes.o / tile.TO / tile.LANES))),
  tiles: (sizes, tile) => tiles(sizes, tile, splits(Math.ceil(sizes.c / tile.LANES) * Math.ceil(sizes.o / tile.TO))),
})

/** By the kernel for few input channels or by the other; both come with a bias gradient in parts. */
export function weightPlan(
  { subgroupSize: LANES }: Adapter,
  sizes: Conv2dSizes,
  { fewChannels, weightChannels, terms }: Choices,
  pixels: Pixels,
  kernels: Omit<Kernels, "plain">,
): Plan | undefined {
  const { c, o, kh } = sizes
  const few = c <= FEW ? channelTile(Math.ceil(o / LANES), fewChannels) : undefined
  if (few) {
    const [TI, TJ] = pixels
    return kernels.few(sizes, { TI, TJ, TO: few, LANES })
  }
  const tile = tileOf(pixels, o, kh, weightChannels, terms, LANES)
  return tile && kernels.tiles(sizes, tile)
}

/** Tensors part, dw, db, of so many parts and elements. */
export function planWeightSum({ kind }: Pick<Adapter, "kind">, sizes: Record<"splits" | "dw" | "o", number>): Plan {
  if (kind === "gpu") return sumWide(sizes)
  return { kernel: "conv2d_backward_weight_sum", params: sizes, consts: {}, threads: [sizes.dw + sizes.o] }
}
