/**
 * Which kernel computes a convolution: an ordered list of candidates for each pass, of which the
 * first that applies is taken. The plain ones, one thread per element, fit every shape; they are
 * what to read first. Kernels by tiles are for software adapters, those by blocks of a product of
 * matrices for GPUs, depthwise ones for both; bench/conv2d.ts has their ladder.
 *
 * `cnn tune` chooses among the same candidates.
 */
import { type Adapter, type Candidate, choose, namesOf, piecesOf } from "../../gpu/plan.ts"
import { inStretches } from "../../tensor/rows.ts"
import type { Tensor } from "../../tensor/tensor.ts"
import type { Block } from "../matmul/gemm.ts"
import { inputGemm, inputPlain, inputTiles } from "./backward_input.ts"
import { weightFew, weightGemm, weightPlain, weightTiles } from "./backward_weight.ts"
import {
  CONVOLUTION_TILES,
  fewForwardTile,
  fewWeightTile,
  forwardTile,
  hasConvolutionTiles,
  inputTile,
  weightTile,
} from "./best_tile.ts"
import { DEPTHWISE, forwardDepthwise, inputDepthwise, isDepthwise, weightDepthwise } from "./depthwise.ts"
import { forwardFew, forwardGemm, forwardPlain, forwardTiles } from "./forward.ts"
import { GEMM } from "./gemm.ts"
import {
  type Conv2dSizes,
  type Convolution,
  type ConvolutionPlan,
  type Epilogue,
  multiplyAdds,
  type Pass,
} from "./sizes.ts"
import { FEW, type Tile } from "./tile.ts"
import { BLOCK_VARIANTS, blockNamed, FEW_VARIANTS, passKey, TILE_VARIANTS, tileNamed } from "./tune_names.ts"

/** y, of tensors x, w, b, y, and won with pooling. */
const FORWARD = [
  few(forwardFew, fewForwardTile),
  tiles(forwardTiles, forwardTile),
  gemm(forwardGemm),
  depthwise(forwardDepthwise),
  plain(forwardPlain),
]

/** dx, of tensors w, dy, dx, and won with pooling. */
const BACKWARD_INPUT = [
  tiles(inputTiles, inputTile),
  gemm((sizes, _, block) => inputGemm(sizes, block)),
  depthwise((sizes, _, adapter) => inputDepthwise(sizes, adapter)),
  plain(inputPlain),
]

/**
 * dw, of tensors x, dy, and won with pooling. All but plain leave it in parts, and db
 * besides.
 */
const BACKWARD_WEIGHT = [
  few(weightFew, fewWeightTile),
  tiles(weightTiles, weightTile),
  gemm((sizes, _, block) => weightGemm(sizes, block)),
  depthwise((sizes, _, adapter) => weightDepthwise(sizes, adapter)),
  plain(weightPlain),
]

const CANDIDATES: Record<Pass, Candidate<Convolution, ConvolutionPlan>[]> = {
  forward: FORWARD,
  input: BACKWARD_INPUT,
  weight: BACKWARD_WEIGHT,
}

/** The plan for a pass; undefined if it pools and no kernel does both. */
export const planOf = (pass: Pass, adapter: Adapter, work: Convolution): ConvolutionPlan | undefined =>
  choose(CANDIDATES[pass], adapter, work, adapter.tuned?.choices[passKey(pass, work)])

/** A dispatch over some images of a batch. */
interface Piece {
  plan: ConvolutionPlan
  rows: readonly Tensor[]
}

/**
 * A pass in dispatches of some images each, so that none is long; one image is never cut.
 *
 * @param tensors those with a row for each image
 * @param pieces the number of dispatches, about; as many as the plan's speed wants unless given
 */
export function inPieces(
  pass: Pass,
  adapter: Adapter,
  work: Convolution,
  tensors: readonly Tensor[],
  pieces?: number,
): Piece[] {
  const { sizes } = work
  const whole = planOf(pass, adapter, work)
  if (!whole) return []
  const count = pieces ?? piecesOf(adapter, whole, multiplyAdds(sizes))
  return inStretches(tensors, sizes.n / count).map((rows) => {
    const [n] = rows[0].shape
    return { rows, plan: n === sizes.n ? whole : planOf(pass, adapter, { ...work, sizes: { ...sizes, n } })! }
  })
}

/** All that a table may name for a pass. */
export const variantsOf = (pass: Pass): string[] => namesOf(CANDIDATES[pass])

type MakePlan<Constants> = (sizes: Conv2dSizes, epilogue: Epilogue, constants: Constants) => ConvolutionPlan | undefined
type BestTile = (adapter: Adapter, work: Convolution) => Tile | undefined

/** By tiles that a subgroup computes side by side. */
function tiles(make: MakePlan<Tile>, best: BestTile): Candidate<Convolution, ConvolutionPlan> {
  return {
    name: "tiles",
    when: CONVOLUTION_TILES,
    applies: hasConvolutionTiles,
    variants: TILE_VARIANTS,
    plan(adapter, work, variant) {
      const tile = variant ? tileNamed(variant, adapter, work.sizes) : best(adapter, work)
      return tile && make(work.sizes, work, tile)
    },
  }
}

/** By tiles, with all of the few input channels at once. */
function few(make: MakePlan<Tile>, best: BestTile): Candidate<Convolution, ConvolutionPlan> {
  return {
    name: "few",
    when: `${CONVOLUTION_TILES}, at most ${FEW} input channels`,
    applies: (adapter, work) => hasConvolutionTiles(adapter, work) && work.sizes.c <= FEW,
    variants: FEW_VARIANTS,
    plan(adapter, work, variant) {
      const tile = variant ? tileNamed(variant, adapter, work.sizes, work.sizes.c) : best(adapter, work)
      return tile && make(work.sizes, work, tile)
    },
  }
}

/** By blocks of a product of matrices. */
function gemm(make: MakePlan<Block | undefined>): Candidate<Convolution, ConvolutionPlan> {
  return {
    name: "gemm",
    when: GEMM,
    applies: ({ kind }) => kind === "gpu",
    variants: BLOCK_VARIANTS,
    plan: (_, work, variant) => (work.pool ? undefined : make(work.sizes, work, blockNamed(variant))),
  }
}

/** With one window a channel. */
function depthwise(make: MakePlan<Adapter>): Candidate<Convolution, ConvolutionPlan> {
  return {
    name: "depthwise",
    when: DEPTHWISE,
    applies: (_, { sizes }) => isDepthwise(sizes),
    plan: (adapter, work) => (work.pool ? undefined : make(work.sizes, work, adapter)),
  }
}

/** One thread per element. */
function plain(make: MakePlan<void>): Candidate<Convolution, ConvolutionPlan> {
  return {
    name: "plain",
    when: "fits every convolution",
    applies: () => true,
    plan: (_, work) => (work.pool ? undefined : make(work.sizes, work)),
  }
}
