/**
 * Which kernels compute conv2dReluMaxPool2d in one pass, as conv2d_kernels.ts; none where convolution and pooling go one
 * by one.
 */
import { type Adapter, choicesFor, FEW, inSplits, planeTile, tileOf, weightPlan } from "./conv2d_kernels.ts"
import { forwardFew, forwardTiles, inputTiles, weightFew, weightTiles } from "./conv2d_relu_max_pool2d_tiles.ts"
import type { Conv2dSizes, Plan } from "./conv2d_tiles.ts"
import { tunedPlan } from "./conv2d_variants.ts"

/** Tiles that 2 x 2 windows cut exactly. */
const PLANE_TILES: [number, number][] = [[4, 4], [2, 6], [2, 2]] // biome-ignore format: a table

/** Tensors x, w, b, y, won. */
export function planForward(adapter: Adapter, sizes: Conv2dSizes, bias: boolean): Plan | undefined {
  const { c, o, oh, ow, kh } = sizes
  const choices = choicesFor(adapter, sizes)
  const plane = planeTile(oh, ow, PLANE_TILES)
  if (!choices || !plane) return undefined
  const tuned = tunedPlan("pooled forward", adapter, sizes, {
    tiles: (sizes, tile) => forwardTiles(sizes, bias, tile),
    few: (sizes, tile) => (tile.TO === 1 ? forwardFew(sizes, bias, tile) : undefined),
  })
  if (tuned) return tuned
  const [TI, TJ] = plane
  const LANES = adapter.subgroupSize
  if (c <= FEW && TI * TJ * c * kh * kh <= choices.terms) return forwardFew(sizes, bias, { TI, TJ, TO: 1, LANES })
  const tile = tileOf(plane, o, kh, choices.channels, choices.terms, LANES)
  return tile && forwardTiles(sizes, bias, tile)
}

/** Tensors w, dy, won, dx. */
export function planBackwardInput(adapter: Adapter, sizes: Conv2dSizes): Plan | undefined {
  const { c, h, w, kh } = sizes
  const choices = choicesFor(adapter, sizes)
  const plane = planeTile(h, w, PLANE_TILES)
  if (!choices || !plane) return undefined
  const tuned = tunedPlan("pooled input", adapter, sizes, { tiles: inputTiles, few: () => undefined })
  const tile = tileOf(plane, c, kh, choices.channels, choices.terms, adapter.subgroupSize)
  return tuned ?? (tile && inputTiles(sizes, tile))
}

/** Tensors x, dy, won, part; then conv2d_backward_weight_sum with part, dw, db. */
export function planBackwardWeight(adapter: Adapter, sizes: Conv2dSizes): Plan | undefined {
  const { oh, ow } = sizes
  const choices = choicesFor(adapter, sizes)
  const plane = planeTile(oh, ow, PLANE_TILES)
  if (!choices || !plane) return undefined
  const kernels = inSplits(weightFew, weightTiles)
  return tunedPlan("pooled weight", adapter, sizes, kernels) ?? weightPlan(adapter, sizes, choices, plane, kernels)
}
