/** How a table of `cnn tune` names passes, and the tiles and blocks that it may choose for them. */
import type { Adapter } from "../../gpu/plan.ts"
import { BLOCKS, type Block, blockName } from "../matmul/gemm.ts"
import { type Conv2dSizes, type Convolution, isDense, type Pass } from "./sizes.ts"
import { type Tile, tileName } from "./tile.ts"

/** Rows and columns of pixels. */
const PIXELS = [[4, 4], [2, 4], [4, 8], [5, 5], [3, 6], [3, 4], [3, 3], [2, 6], [2, 2]] // biome-ignore format: a table

/** Combines all these pixels with so many output channels. */
const tileNames = (channels: number[]) => PIXELS.flatMap(([TI, TJ]) => channels.map((TO) => tileName({ TI, TJ, TO })))
export const TILE_VARIANTS = tileNames([2, 4, 8, 12, 16])
export const FEW_VARIANTS = tileNames([1, 2, 3])

/** Multiply-adds written out in one kernel: more take seconds to compile. */
const MOST_TERMS = 2400

/**
 * The tile of a name, unless it takes too long to compile.
 *
 * @param channels that each pixel is multiplied for, at least
 */
export function tileNamed(
  name: string,
  { subgroupSize: LANES }: Adapter,
  { kh, kw, stride }: Conv2dSizes,
  channels = 1,
): Tile | undefined {
  const [TI, TJ, TO] = name.split("x").map(Number)
  const terms = TI * TJ * kh * kw * Math.max(channels, TO)
  return LANES === 0 || kh !== kw || stride > 2 || terms > MOST_TERMS ? undefined : { TI, TJ, TO, LANES }
}

export const BLOCK_VARIANTS = BLOCKS.map(blockName)
export const blockNamed = (name?: string): Block | undefined => BLOCKS.find((block) => blockName(block) === name)

/**
 * All of a pass that the best kernel may depend on, as a table of `cnn tune` names it; the batch is
 * left out.
 */
export function passKey(pass: Pass, { sizes, pool }: Convolution): string {
  const { c, o, h, w, kh, stride, padding, dilation, groups } = sizes
  const more = isDense(sizes) ? "" : `, dilation ${dilation}, groups ${groups}`
  const words = `${pool ? "pooled " : ""}${pass}`
  return `${words}: ${c} to ${o} channels, ${h}x${w}, kernel ${kh}, stride ${stride}, padding ${padding}${more}`
}

/** What `passKey` wrote. */
export function readPassKey(key: string) {
  const [words] = key.split(":")
  const pool = words.startsWith("pooled ")
  const pass = words.replace("pooled ", "") as Pass
  const numbers = key.slice(words.length).match(/\d+/g)!.map(Number)
  const [c, o, h, w, kernel, stride, padding, dilation = 1, groups = 1] = numbers
  return { pass, pool, c, o, h, w, kernel, stride, padding, dilation, groups }
}
