/** Runs matmul_tile.wgsl between guards and compares every element with float64. */
import type { Product } from "../../../src/layers/matmul/product.ts"
import { type MatmulTile, runTiles, tilePlan } from "../../../src/layers/matmul/tiles.ts"
import type { TensorGpu } from "../../../src/tensor/tensor_gpu.ts"
import { checkProduct } from "./gemm_check.ts"

export interface TileCase extends Product {
  turned?: boolean
  splits?: number
  tile?: MatmulTile
}

/** One that compiles fast. */
const SMALL = { TM: 16, TN: 2, TK: 2 }

/** Throws naming the first element that is off, was not written, or lies outside. */
export async function checkTiles(gpu: TensorGpu, test: TileCase): Promise<void> {
  const { turned, splits = 1, tile = SMALL, ...product } = test
  const plan = tilePlan(product, tile, { lanes: gpu.adapter.subgroupSize, turned, splits })!
  await checkProduct(gpu, product, (tensors) => runTiles(plan, tensors, product.relu))
}

/** Every way in which the engine uses it; sizes that leave something over in each direction. */
export const ODD: Record<string, TileCase> = {
  forward: { m: 9, n: 19, k: 13, bTransposed: true, bias: true, relu: true },
  "forward, turned": { m: 19, n: 9, k: 13, bTransposed: true, bias: true, relu: true, turned: true },
  "forward in parts": { m: 9, n: 19, k: 53, bTransposed: true, bias: true, relu: true, splits: 3 },
  input: { m: 5, n: 21, k: 6, gated: true },
  weight: { m: 17, n: 18, k: 5, aTransposed: true, gated: true, rows: true },
}
