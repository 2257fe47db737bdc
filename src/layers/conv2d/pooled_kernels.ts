/**
 * Which kernels compute conv2dReluMaxPool2d in one pass, as conv2d_kernels.ts; none where convolution and pooling go one
 * by one.
 */
import { type Adapter, choicesFor, fewTile, inSplits, planeTile, tileOf, weightPlan } from "./kernels.ts"
import { forwardFew, forwardTiles, inputTiles, weightFew, weightTiles } from "./pooled_tiles.ts"
import type { Conv2dSizes, Plan } from "./tiles.ts"
import { tunedPlan } from "./variants.ts"

/** Tiles that 2 x 2 windows cut exactly. */
const PLANE_TILES: [number, number][] = [[4, 4], [2, 6], [2, 2]] // biome-ignore format: a table

/** Tensors x, w, b, y, won. */
export function planForward(adapter: Adapter, sizes: Conv2dSizes, bias: boolean): Plan | undefined {
  const { o, kh } = sizes
  const choices = choicesFor(adapter, sizes)
  const plane = planeTile(sizes, adapter, PLANE_TILES)
  if (!choices || !plane) return undefined
  const tuned = tunedPlan("pooled forward", adapter, sizes, {
    tiles: (sizes, tile) => forwardTiles(sizes, bias, tile),
    few: (sizes, tile) => (tile.TO === 1 ? forwardFew(sizes, bias, tile) : undefined),
  })
  if (tuned) return tuned
  const LANES = adapter.subgroupSize
  const few = fewTile(plane, sizes, choices)
  if (few) return forwardFew(sizes, bias, { ...few, LANES })
  const tile = tileOf(plane, o, kh, choices.channels, choices.terms, LANES)
  return tile && forwardTiles(sizes, bias, tile)
}

/** Tensors w, dy, won, dx. */
export function planBackwardInput(adapter: Adapter, sizes: Conv2dSizes): Plan | undefined {
  const { c, h, w, kh } = sizes
  const choices = choicesFor(adapter, sizes)
  const plane = planeTile({ ...sizes, oh: h, ow: w }, adapter, PLANE_TILES)
  if (!choices || !plane) return undefined
  const tuned = tunedPlan("pooled input", adapter, sizes, { tiles: inputTiles, few: () => undefined })
  const tile = tileOf(plane, c, kh, choices.channels, choices.terms, adapter.subgroupSize)
  return tuned ?? (tile && inputTiles(sizes, tile))
}

/** Tensors x, dy, won, part; then conv2d_backward_weight_sum with part, dw, db. */
export function planBackwardWeight(adapter: Adapter, sizes: Conv2dSizes): Plan | undefined {
  const choices = choicesFor(adapter, sizes)
  const plane = planeTile(sizes, adapter, PLANE_TILES)
  if (!choices || !plane) return undefined
  const kernels = inSplits(weightFew, weightTiles)
  return tunedPlan("pooled weight", adapter, sizes, kernels) ?? weightPlan(adapter, sizes, choices, plane, kernels)
}
