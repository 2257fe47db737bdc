/**
 * Rungs for products by blocks in workgroup memory; src/layers/matmul/gemm.ts has their table. Not
 * yet timed on a GPU,
 * which they are for.
 */
import type { AdapterInfo } from "../src/gpu/adapter.ts"
import { BLOCKS, type Block } from "../src/layers/matmul/gemm.ts"

interface BlockRung {
  name: string
  /** The block, where the rung is for the adapter. */
  on(adapter: AdapterInfo): Block | undefined
}

/**
 * From small to large. They are for GPUs; of a processor, where workgroup memory is slow, one tells
 * enough.
 */
export const BLOCK_RUNGS: BlockRung[] = BLOCKS.toReversed().map((block) => ({
  name: `block ${block.BM}x${block.BN}`,
  on: ({ kind }) => (kind === "gpu" || (block.BM === 32 && block.BN === 32) ? block : undefined),
}))
