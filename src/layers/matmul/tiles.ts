/**
 * Products of matrices by tiles of sums that stay in registers, for software adapters with
 * subgroups of 4 (SwiftShader) or 8 (lavapipe): the dispatches, and a pure function of shape and
 * adapter that says when they are worth it. bench/dense.ts and bench/matmul.ts have the ladders.
 */
import { type Adapter, type Plan, stretches } from "../../gpu/plan.ts"
import type { Product, ProductTensors } from "./product.ts"

/** What one invocation computes: TM rows of TN columns, TK products of each sum at a time. */
export interface MatmulTile {
  TM: number
  TN: number
  TK: number
}

export interface TilePlan extends Plan {
  /** Whether rows are taken for columns, so that a and b change places. */
  turned: boolean
  /** Each sum is the sum of so many parts. */
  splits: number
}

/** By the size of subgroups. */
export const TILES: Record<number, MatmulTile> = { 4: { TM: 16, TN: 8, TK: 4 }, 8: { TM: 32, TN: 4, TK: 2 } }

/**
 * Lanes of the adapter, SwiftShader, on which the kernel is up to a fifth faster if its stores
 * are written out, too. Lavapipe gains nothing, and compiles it in 1.0 s instead of 0.25.
 */
const UNROLLED_STORES = 4

/**
 * Products from which on tiles are worth a fifth of a second, which they take to compile: plain
 * kernels take a millisecond.
 */
const LEAST_TERMS = 2 ** 18
/** How much larger than y its tiles may be: plain kernels are some four times slower. */
const MOST_PADDING = 4
/** So many workgroups keep any processor busy. */
const ENOUGH_GROUPS = 32
/** Products of a sum that are not to be split further. */
const LEAST_SHARE = 256
/** Workgroups in one dimension; what every adapter can. */
const MOST_GROUPS = 65_535

/** How many tiles lie side by side, and below one another. */
function tileGrid(
  rows: number,
  columns: number,
  { TM, TN }: MatmulTile,
  lanes: number,
): [across: number, down: number] {
  return [Math.ceil(columns / (TN * lanes)), Math.ceil(rows / TM)]
}

/** Elements of all tiles. */
function area(rows: number, columns: number, tile: MatmulTile, lanes: number): number {
  const [across, down] = tileGrid(rows, columns, tile, lanes)
  return across * down * tile.TM * tile.TN * lanes
}

/** In words, for people. */
export const PRODUCT_TILES = "software adapter, at least 262,144 products"

export const hasProductTiles = ({ kind, subgroupSize }: Adapter, { m, n, k }: Product): boolean =>
  kind === "software" && subgroupSize in TILES && m * n * k >= LEAST_TERMS

/** @returns undefined if too much of the tiles would lie beyond the edges of y */
export function bestTiles({ subgroupSize }: Adapter, product: Product): TilePlan | undefined {
  const tile = TILES[subgroupSize]
  const { m, n } = product
  const straight = area(m, n, tile, subgroupSize)
  const round = area(n, m, tile, subgroupSize)
  // The gate and the sums of rows are those of a.
  const turned = round < straight && !product.gated && !product.rows
  if ((turned ? round : straight) > MOST_PADDING * m * n) return undefined
  return tilePlan(product, tile, { lanes: subgroupSize, turned })
}

/** How a plan lies over its product. */
interface TileLayout {
  lanes: number
  turned?: boolean
  /** Parts of each sum; as many as are good for it unless given. */
  splits?: number
}

/** The plan for a given tile; undefined if there are too many tiles. */
export function tilePlan(
  product: Product,
  tile: MatmulTile,
  { lanes, turned = false, splits }: TileLayout,
): TilePlan | undefined {
  const { m, n, k, rows } = product
  const [across, down] = turned ? tileGrid(n, m, tile, lanes) : tileGrid(m, n, tile, lanes)
  if (Math.max(across, down) > MOST_GROUPS) return undefined
  const wanted = splits ?? Math.min(Math.ceil(ENOUGH_GROUPS / across / down), Math.floor(k / LEAST_SHARE))
  // With the sums of rows go those of a weight gradient, which are short and many.
  const share = rows || wanted < 2 ? k : Math.ceil(k / wanted / tile.TK) * tile.TK
  const parts = Math.ceil(k / share)
  const params = { ...strides(product, turned), share, first_across: 0, first_part: 0 }
  const consts = tileConsts(product, tile, lanes, parts)
  return { kernel: "matmul_tile", params, threads: [across * lanes, down, parts], consts, turned, splits: parts }
}

/** The sizes of the product as the kernel sees it, and how far apart its numbers lie. */
function strides({ m, n, k, aTransposed, bTransposed }: Product, turned: boolean) {
  const a = aTransposed ? { row: 1, k: m } : { row: k, k: 1 }
  const b = bTransposed ? { column: k, k: 1 } : { column: 1, k: n }
  if (turned) {
    const factors = { a_m: b.column, a_k: b.k, b_k: a.k, b_n: a.row }
    return { m: n, n: m, k, ...factors, y_m: 1, y_n: n, bias_m: 1, bias_n: 0 }
  }
  const factors = { a_m: a.row, a_k: a.k, b_k: b.k, b_n: b.column }
  return { m, n, k, ...factors, y_m: n, y_n: 1, bias_m: 0, bias_n: 1 }
}

function tileConsts({ bias, relu, gated, rows }: Product, tile: MatmulTile, lanes: number, parts: number) {
  return {
    SIZE: lanes,
    LANES: lanes,
    ...tile,
    // matmul_tile_sum adds the bias to the sum of parts.
    BIAS: Number(parts === 1 && bias === true),
    RELU: Number(parts === 1 && relu === true),
    UNROLL_STORES: Number(lanes === UNROLLED_STORES),
    GATE: Number(gated ?? false),
    // They cost next to nothing, another pipeline a second: so both gradients through a ReLU share
    // one.
    ROWS: Number(Boolean(rows || (gated && parts === 1))),
  }
}

/**
 * Splits a long product into several dispatches: by its columns, or by the parts of its sums if
 * there are more of these.
 */
function cut(plan: TilePlan, pieces: number): Plan[] {
  const { params, threads, consts, splits } = plan
  const [width, down] = threads
  const lanes = Number(consts.LANES)
  if (width / lanes < splits)
    return stretches(splits, pieces).map(([first_part, count]) => {
      return { ...plan, params: { ...params, first_part }, threads: [width, down, count] }
    })
  return stretches(width / lanes, pieces).map(([first_across, count]) => {
    return { ...plan, params: { ...params, first_across }, threads: [count * lanes, down, splits] }
  })
}

/** y = A B, and what else there are tensors for. @param pieces the number of dispatches, about */
export function runTiles(
  plan: TilePlan,
  { a, b, y, bias, gate, rows }: ProductTensors,
  relu = false,
  pieces = 1,
): void {
  const { gpu } = y
  const { params, turned, splits } = plan
  const part = splits > 1 ? gpu.empty([splits, y.size]) : y
  const factors = turned ? { a: b, b: a } : { a, b }
  const others = { bias: bias ?? b, gate: gate ?? factors.a, rows: rows ?? gpu.empty([params.m]) }
  for (const piece of cut(plan, pieces)) gpu.runPlan(piece, { ...factors, ...others, y: part })
  if (splits === 1) return
  const sum = {
    kernel: "matmul_tile_sum",
    params: { n: y.size, splits, columns: y.shape[y.shape.length - 1] },
    threads: [y.size],
    consts: { BIAS: Number(Boolean(bias)), RELU: Number(relu) },
    why: `adds up the ${splits} parts of each sum`,
  }
  gpu.runPlan(sum, { part, bias: bias ?? part, y })
}
