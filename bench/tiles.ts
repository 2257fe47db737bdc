/**
 * Rungs for products by tiles in registers, on adapters with subgroups; src/layers/matmul/tiles.ts
 * chooses among them.
 */
import type { AdapterInfo } from "../src/gpu/adapter.ts"
import type { Product, ProductTensors } from "../src/layers/matmul/product.ts"
import { type MatmulTile, runTiles, TILES, tilePlan } from "../src/layers/matmul/tiles.ts"

interface TileRung {
  name: string
  unrolled?: boolean
  /** A product by the tile, where the rung is for the adapter. */
  on(adapter: AdapterInfo): ((tensors: ProductTensors, product: Product) => void) | undefined
}

/** Rows of a tile, columns of all tiles of a subgroup, products that follow one another. */
const SIZES = [[16, 32, 1], [16, 32, 2], [16, 32, 4], [32, 32, 2], [32, 32, 4]] // biome-ignore format: a table

/** From small to large. */
export const TILE_RUNGS: TileRung[] = [
  { ...rung(16, 32, 4), name: "tile 16x32x4, not unrolled", unrolled: false },
  ...SIZES.map(([TM, columns, TK]) => rung(TM, columns, TK)),
]

function rung(TM: number, columns: number, TK: number): TileRung {
  return {
    name: `tile ${TM}x${columns}x${TK}`,
    on({ subgroupSize: lanes }) {
      if (!(lanes in TILES)) return undefined
      const tile: MatmulTile = { TM, TN: columns / lanes, TK }
      return (tensors, product) => {
        const more = { bias: Boolean(tensors.bias), rows: Boolean(tensors.rows) }
        runTiles(tilePlan({ ...product, ...more }, tile, { lanes })!, tensors)
      }
    },
  }
}
