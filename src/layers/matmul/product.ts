/**
 * y = A B, a product of matrices: what matmul, dense and their gradients are. An ordered list of
 * candidates says which kernel computes it; the last is the op's own kernel, one thread per
 * element, which is what to read first.
 */
import { type Candidate, choose, type Plan, piecesOf } from "../../gpu/plan.ts"
import type { Tensor } from "../../tensor/tensor.ts"
import { fewLongSums, planGemm, runGemm } from "./gemm.ts"
import { bestTiles, hasProductTiles, PRODUCT_TILES, runTiles, type TilePlan } from "./tiles.ts"

/** y [M,N] = A [M,K] B [K,N] */
export interface Product {
  m: number
  n: number
  k: number
  /** A lies as [K,M], B as [N,K]. */
  aTransposed?: boolean
  bTransposed?: boolean
  /** bias [N] is added to each row. */
  bias?: boolean
  relu?: boolean
  /** An element of A counts if that of a gate is over 0. */
  gated?: boolean
  /** Each row of A is added up besides. */
  rows?: boolean
}

export interface ProductTensors {
  a: Tensor
  b: Tensor
  y: Tensor
  /** [N], added to each row of y. */
  bias?: Tensor | null
  /** As a: an element of A counts if this is over 0. */
  gate?: Tensor | null
  /** [M]: gets the sum of each row of A. */
  rows?: Tensor | null
}

/** A product, and how the op's own kernel computes it. */
interface Work extends Product {
  plain: Plan
  /** Whether a workgroup of the plain kernel shares each sum. */
  shared?: boolean
}

const CANDIDATES: Candidate<Work, Plan | TilePlan>[] = [
  {
    name: "gemm",
    when: "a GPU",
    applies: ({ kind }, work) => kind === "gpu" && !(work.shared && fewLongSums(work)),
    plan: (_, work) => planGemm(work),
  },
  { name: "tiles", when: PRODUCT_TILES, applies: hasProductTiles, plan: bestTiles },
  { name: "plain", when: "fits every product", applies: () => true, plan: (_, { plain }) => plain },
]

/** The plan for a product that is computed by an op's own kernel unless a better one applies. */
export const planProduct = (gpu: Tensor["gpu"], work: Work): Plan | TilePlan => choose(CANDIDATES, gpu.adapter, work)!

/** y = A B by a plan that is not the op's own, and what else there are tensors for. */
export function runProduct(plan: Plan | TilePlan, tensors: ProductTensors, { relu, m, n, k }: Product): void {
  if (byTiles(plan)) runTiles(plan, tensors, relu, piecesOf(tensors.y.gpu.adapter, plan, m * n * k))
  else runGemm(plan, tensors)
}

const byTiles = (plan: Plan | TilePlan): plan is TilePlan => plan.candidate === "tiles"
