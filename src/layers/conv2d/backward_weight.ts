/**
 * dw and db of a convolution: the plans of its kernels, and running one. All but the plain one
 * leave both in parts.
 */
import { type Adapter, type Candidate, choose, type Plan, piecesOf, stretches } from "../../gpu/plan.ts"
import type { Tensor } from "../../tensor/tensor.ts"
import { type Block, blockConsts, blockName, blocksOf, chooseBlock, invocations } from "../matmul/gemm.ts"
import { fitsGemm, gemmParams } from "./gemm.ts"
import { type Conv2dSizes, type ConvolutionPlan, type Epilogue, isDense, multiplyAdds } from "./sizes.ts"
import { FEW, isEven, type Tile, tileConsts, tileCount, tileName } from "./tile.ts"

/** What a gradient of the weights is made from. */
interface Given {
  x: Tensor
  dy: Tensor
  /** Given if pooling follows the convolution. */
  won?: Tensor
}

/** Fills dw and db, those that are wanted. @param plan undefined if dw is not wanted */
export function runBackwardWeight(
  plan: ConvolutionPlan | undefined,
  given: Given,
  { dw, db }: { dw: Tensor | null; db: Tensor | null },
  sizes: Conv2dSizes,
): void {
  const { gpu, shape } = given.dy
  if (dw && plan) {
    const pieces = piecesOf(gpu.adapter, plan, multiplyAdds(sizes))
    if (plan.parts) {
      runInParts(plan, given, { dw, db }, pieces)
      return
    }
    runPlain(plan, given, dw, pieces)
  }
  const [n, o, oh, ow] = shape
  if (db) gpu.run("conv2d_backward_bias", { dy: given.dy, db }, { n, o, pixels: oh * ow }, [o * 64])
}

function runPlain(plan: Plan, { x, dy }: Given, dw: Tensor, pieces: number): void {
  for (const [first, count] of stretches(dw.size, pieces))
    x.gpu.runPlan({ ...plan, params: { ...plan.params, first }, threads: [count] }, { x, dy, dw })
}

/**
 * By a kernel that leaves dw and db in parts, and their sum.
 *
 * @param pieces the number of dispatches, about
 */
export function runInParts(
  plan: ConvolutionPlan,
  { x, dy, won }: Given,
  { dw, db }: { dw: Tensor; db: Tensor | null },
  pieces: number,
): void {
  const { gpu, shape } = dw
  const [o] = shape
  const { splits } = plan.params
  const part = gpu.empty([splits, dw.size + o])
  // A kernel reads nothing of it if there was no pooling.
  const tensors: Record<string, Tensor> = plan.bindsWon ? { x, dy, part, won: won ?? dy } : { x, dy, part }
  for (const piece of someParts(plan, pieces)) gpu.runPlan(piece, tensors)
  gpu.runPlan(planSum(gpu.adapter, { splits, dw: dw.size, o }), { part, dw, db: db ?? gpu.empty([o]) })
}

/**
 * Splits the dispatch into pieces: over parts, or over outputs if there are fewer parts than
 * pieces.
 */
function someParts(plan: Plan, pieces: number): Plan[] {
  const { params, threads } = plan
  const parts = stretches(params.splits, pieces)
  // Threads in one row have all outputs of their part.
  if (threads.length === 1)
    return parts.map(([first_split, count]) => {
      return { ...plan, params: { ...params, first_split }, threads: [(threads[0] / params.splits) * count] }
    })
  const [inputs, outputs] = threads
  const channels = stretches(outputs, pieces / parts.length)
  return parts.flatMap(([first_split, count]) =>
    channels.map(([first_channels, most]) => {
      return { ...plan, params: { ...params, first_split, first_channels }, threads: [inputs, most, count] }
    }),
  )
}

/** One thread per element of dw. */
export const weightPlain = (sizes: Conv2dSizes): Plan => ({
  kernel: "conv2d_backward_weight",
  params: { ...sizes, first: 0 },
  threads: [(sizes.o * sizes.c * sizes.kh * sizes.kw) / sizes.groups],
  consts: {},
  speed: "plain",
})

/** Undefined if the tile does not fit the shape, here and below. @param most parts */
export function weightTiles(
  sizes: Conv2dSizes,
  epilogue: Epilogue,
  tile: Tile,
  most?: number,
): ConvolutionPlan | undefined {
  const [inputs, outputs] = [Math.ceil(sizes.c / tile.LANES), Math.ceil(sizes.o / tile.TO)]
  const parts = most ?? partsFor(inputs * outputs)
  return byTiles("conv2d_backward_weight_tile", sizes, epilogue, tile, [sizes.c, outputs], parts)
}

/** For at most `FEW` input channels: the invocations of a subgroup share an input channel. */
export function weightFew(
  sizes: Conv2dSizes,
  epilogue: Epilogue,
  tile: Tile,
  most?: number,
): ConvolutionPlan | undefined {
  if (sizes.c > FEW) return undefined
  const outputs = Math.ceil(sizes.o / tile.TO / tile.LANES)
  const parts = most ?? partsFor(sizes.c * outputs)
  const plan = byTiles("conv2d_backward_weight_few", sizes, epilogue, tile, [tile.LANES * sizes.c, outputs], parts)
  return plan && { ...plan, speed: "few" }
}

/** So that there are some 128 workgroups, which is enough for any processor. */
const partsFor = (groups: number): number => Math.min(32, Math.ceil(128 / groups))

function byTiles(
  kernel: string,
  sizes: Conv2dSizes,
  epilogue: Epilogue,
  tile: Tile,
  threads: number[],
  most: number,
): ConvolutionPlan | undefined {
  const { n, c, h, w, o, oh, ow, padding } = sizes
  const splits = Math.min(most, tileCount(sizes, tile))
  if (!isDense(sizes) || splits === 0 || o < tile.TO || (epilogue.pool && !isEven(tile.TI, tile.TJ, oh, ow)))
    return undefined
  return {
    kernel,
    params: { n, c, h, w, o, oh, ow, padding, splits, first_channels: 0, first_split: 0 },
    threads: [...threads, splits],
    consts: { ...tileConsts(sizes, tile, epilogue), TO: tile.TO },
    variant: tileName(tile),
    bindsWon: true,
    parts: splits,
  }
}

/**
 * So many workgroups are enough for a large GPU; and so few pixels are not worth a part of their
 * own.
 */
const ENOUGH_WORKGROUPS = 512
const FEW_PIXELS = 128

/** By blocks of a product of matrices, in workgroup memory. @param splits parts */
export function weightGemm(sizes: Conv2dSizes, block?: Block, splits?: number): ConvolutionPlan | undefined {
  if (!fitsGemm(sizes)) return undefined
  const { n, c, o, oh, ow, kh: KH, kw: KW } = sizes
  const pixels = n * oh * ow
  const columns = c * KH * KW + 1 // the last is the bias
  const size = block ?? chooseBlock(o, columns, true)
  const blocks = blocksOf(o, columns, size)
  const parts = splits ?? Math.min(Math.ceil(ENOUGH_WORKGROUPS / blocks), Math.ceil(pixels / FEW_PIXELS))
  return {
    kernel: "conv2d_backward_weight_gemm",
    params: { ...gemmParams(sizes), splits: parts, first_split: 0 },
    threads: [blocks * parts * invocations(size)],
    consts: { ...blockConsts(size, pixels), KH, KW },
    variant: blockName(size),
    parts,
  }
}

/** Sizes of a sum of parts: so many, of as many elements of dw and of db. */
type SumSizes = Record<"splits" | "dw" | "o", number>

/**
 * Elements that a workgroup of conv2d_backward_weight_sum_wide adds up, and the invocations that
 * share each.
 */
const [ELEMENTS, SHARES] = [16, 16]

export const sumWide = (params: SumSizes): Plan => ({
  kernel: "conv2d_backward_weight_sum_wide",
  params,
  threads: [Math.ceil((params.dw + params.o) / ELEMENTS) * ELEMENTS * SHARES],
  consts: { SIZE: ELEMENTS * SHARES, SHARES },
})

const sumPlain = (params: SumSizes): Plan => ({
  kernel: "conv2d_backward_weight_sum",
  params,
  threads: [params.dw + params.o],
  consts: {},
})

const SUMS: Candidate<SumSizes>[] = [
  {
    name: "wide",
    when: "a GPU: a workgroup adds up some elements",
    applies: ({ kind }) => kind === "gpu",
    plan: (_, sizes) => sumWide(sizes),
  },
  {
    name: "plain",
    when: "software adapter: one thread adds up an element",
    applies: () => true,
    plan: (_, sizes) => sumPlain(sizes),
  },
]

/** Adds up the parts: from tensor part to dw and db. */
export const planSum = (adapter: Adapter, sizes: SumSizes): Plan => choose(SUMS, adapter, sizes)!
