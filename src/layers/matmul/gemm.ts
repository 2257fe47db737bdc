/**
 * Products of matrices on a GPU, by workgroups that share blocks in workgroup memory: which block
 * of the result a workgroup computes. The kernels are gemm.wgsl, for matmul and dense, and those of
 * conv2d/gemm.ts.
 */
import type { Plan } from "../../gpu/plan.ts"
import type { Product, ProductTensors } from "./product.ts"

/**
 * What a workgroup computes, BM x BN, in steps of BK products a sum; an invocation has TM x TN of
 * it.
 */
export interface Block {
  BM: number
  BN: number
  BK: number
  TM: number
  TN: number
}

interface RatedBlock extends Block {
  /** Products a second, compared with the fastest. */
  speed: number
}

/**
 * The larger the block, the more products a number serves that was loaded once; the smaller, the
 * more workgroups there are, and the less lies beyond the edges. Each needs at most 16 KiB of
 * workgroup memory and 256 invocations, which every adapter has; BN is at most the number of
 * invocations and divides it, as the convolutions want.
 *
 * Not yet timed on a GPU: the speeds are estimates, from the loads of workgroup memory that a
 * product takes.
 */
export const BLOCKS: readonly RatedBlock[] = [
  { BM: 128, BN: 128, BK: 8, TM: 8, TN: 8, speed: 1 },
  { BM: 64, BN: 128, BK: 16, TM: 8, TN: 8, speed: 1 },
  { BM: 32, BN: 128, BK: 16, TM: 4, TN: 8, speed: 0.85 },
  { BM: 64, BN: 64, BK: 16, TM: 4, TN: 4, speed: 0.65 },
  { BM: 32, BN: 64, BK: 16, TM: 4, TN: 4, speed: 0.65 },
  { BM: 16, BN: 128, BK: 16, TM: 4, TN: 4, speed: 0.65 },
  { BM: 32, BN: 32, BK: 16, TM: 4, TN: 2, speed: 0.5 },
  { BM: 16, BN: 16, BK: 16, TM: 2, TN: 1, speed: 0.25 },
]

/** A large GPU has so many; on a smaller one each core computes some blocks more. */
const CORES = 128
/**
 * Products that a core could compute while it waits for the loads of a step: some 1000 clocks of
 * 128 products.
 */
const WAIT = 128_000

const over = (extent: number, step: number): number => Math.ceil(extent / step)

/** As a table of `cnn tune` names it: no two of `BLOCKS` have the same. */
export const blockName = ({ BM, BN }: Block): string => `${BM}x${BN}`

/** How many blocks cover a result of m x n. */
export const blocksOf = (m: number, n: number, { BM, BN }: Block): number => over(m, BM) * over(n, BN)

export const invocations = ({ BM, BN, TM, TN }: Block): number => (BM / TM) * (BN / TN)

/**
 * As consts of the kernels. A step is no longer than the whole sum of k products, up to full vec4s.
 */
export function blockConsts(block: Block, k: number): Block & { SIZE: number } {
  const { BM, BN, BK, TM, TN } = block
  return { BM, BN, BK: Math.min(BK, over(k, 4) * 4), TM, TN, SIZE: invocations(block) }
}

/**
 * The block for a result of m x n that promises the least time. The blocks of a core take turns, so
 * that one multiplies while others wait for their loads; if there is but one, it waits.
 *
 * @param split whether the sums are split until there is enough for all cores
 */
export function chooseBlock(m: number, n: number, split = false): Block {
  const time = (block: RatedBlock) => {
    const { BM, BN, BK, speed } = block
    const step = (BM * BN * BK) / speed
    const blocks = blocksOf(m, n, block)
    return (split ? blocks * step : Math.max(over(blocks, CORES) * step, step + WAIT)) / BK
  }
  return BLOCKS.reduce((best, block) => (time(block) < time(best) ? block : best))
}

/**
 * Plans a product for tensors a, b, bias, gate, y, rows; anything stands for those that are not
 * asked for.
 */
export function planGemm(product: Product, block = chooseBlock(product.m, product.n)): Plan {
  const { m, n, k, aTransposed = false, bTransposed = false, bias = false } = product
  const { relu = false, gated = false, rows = false } = product
  const layout = { A_TRANSPOSED: aTransposed, B_TRANSPOSED: bTransposed }
  return {
    kernel: "gemm",
    params: { m, n, k },
    threads: [blocksOf(m, n + Number(rows), block) * invocations(block)],
    consts: { ...blockConsts(block, k), ...layout, BIAS: bias, RELU: relu, GATE: gated, ROWS: rows },
  }
}

export function runGemm(plan: Plan, { a, b, y, bias, gate, rows }: ProductTensors): void {
  y.gpu.runPlan(plan, { a, b, bias: bias ?? b, gate: gate ?? a, y, rows: rows ?? y.gpu.empty([1]) })
}

/**
 * Whether there are so few sums and so long ones that a workgroup should share one, as in
 * dense.wgsl.
 */
export function fewLongSums({ m, n, k }: Pick<Product, "m" | "n" | "k">): boolean {
  const block = chooseBlock(m, n)
  return over(k, block.BK) > blocksOf(m, n, block)
}
