/**
 * As mutation_beyond.test.ts, for what the tiles of a convolution hand to their neighbours, and
 * what those at the ends lack.
 */
import { describe, expect, it } from "vitest"
import { checkPlanned, sizesOf, tiledAdapter } from "../../bench/reference/conv2d_check.ts"
import { checkPooled } from "../../bench/reference/conv2d_relu_max_pool2d_check.ts"
import { planOf } from "../../src/layers/conv2d/choose.ts"
import type { TensorGpu } from "../../src/tensor/tensor_gpu.ts"
import { type Mutation, openForMutants } from "../support/mutants.ts"

const mutants = await openForMutants()

// Rows of two tiles, which divide the lanes of any subgroup.
const whole = sizesOf([2, 10, 8, 8], 9, 3, 1, 1)
// Rows of eleven tiles: subgroups end within them.
const broken = sizesOf([2, 10, 8, 44], 9, 3, 1, 1)

const CHECKS: Record<string, (gpu: TensorGpu) => Promise<unknown>> = {
  "whole rows": (gpu) => checkPlanned(gpu, whole, true, ["forward"]),
  "whole rows of few channels": (gpu) => checkPlanned(gpu, { ...whole, c: 2 }, true, ["forward"]),
  "broken rows": (gpu) => checkPlanned(gpu, broken, true, ["forward"]),
  "broken rows, dx": (gpu) => checkPlanned(gpu, broken, true, ["input"]),
  "broken rows, pooled": (gpu) => checkPooled(gpu, broken, true, ["forward"]),
  "broken rows, dx of pooled": (gpu) => checkPooled(gpu, broken, true, ["input"]),
}

const TILE = "conv2d_tile"
const FEW = "conv2d_tile_few"
const POOLED_DX = "conv2d_relu_max_pool2d_backward_input_tile"

const MUTATIONS: Mutation[] = [
  ["whole rows", TILE, "(left) & row_mask[r] & column_mask[s]", "(left) & row_mask[r]", "left edge not masked"],
  ["whole rows", TILE, "window[r * WJ + TJ + s], 1u", "window[r * WJ + s + 1u], 1u", "wrong column"],
  ["whole rows of few channels", FEW, "select(0.0, left, j0 > 0u)", "left", "left edge not masked"],
  ["whole rows of few channels", FEW, "select(0.0, right, j0 + TJ < params.w)", "right", "right edge not masked"],
  ["broken rows", TILE, "lane == LANES - 1u", "lane == LANES", "no pixels for the last tile"],
  ["broken rows", TILE, "lane == 0u)", "lane == LANES)", "no pixels for the first tile"],
  ["broken rows", TILE, "subgroupShuffle(n, beside)", "0u", "those of the first image"],
  ["broken rows", TILE, "select(0u - HALO, TJ, right == 1u)", "TJ", "those to the right for both"],
  ["broken rows, dx", TILE, "x[edge[m] + c * params.h * params.w]", "x[edge[m]]", "those of the first channel"],
  ["broken rows, pooled", TILE, "lane == LANES - 1u", "lane == LANES", "no pixels for the last tile"],
  ["broken rows, pooled", TILE, "subgroupShuffle(j0, beside)", "j0", "those beside one's own tile"],
  ["broken rows, pooled", TILE, "subgroupShuffle(i0, beside) + e % WI", "i0 + e % WI", "rows of one's own tile"],
  ["broken rows, dx of pooled", POOLED_DX, "lane == 0u)", "lane == LANES)", "nothing for the first tile"],
  ["broken rows, dx of pooled", POOLED_DX, "subgroupShuffleUp(place", "subgroupShuffleDown(place", "another's place"],
  ["broken rows, dx of pooled", POOLED_DX, "place_beside[left], lane", "place_left, lane", "a stranger's place"],
  ["broken rows, dx of pooled", POOLED_DX, "edge[m] + o * params.ph * params.pw", "edge[m]", "the first channel's"],
]

describe.runIf(mutants.info.subgroupSize)("the checks of what tiles hand to each other", () => {
  it.each(Object.keys(CHECKS))("pass %s as they are", async (name) => {
    await CHECKS[name](mutants.gpu())
  })

  it("are of rows that a subgroup ends within", () => {
    const { consts } = planOf("forward", tiledAdapter(mutants.gpu()), { sizes: broken, bias: true })!
    expect(consts).toMatchObject({ TJ: 4, HALO: 1 })
    expect(mutants.info.subgroupSize % (broken.ow / 4)).not.toBe(0)
  })

  it.each(MUTATIONS)("of %s notice %s: '%s' -> '%s' (%s)", async (...mutation) => {
    await mutants.expectNoticed(CHECKS[mutation[0]], mutation)
  })
})
