/**
 * The kernels that a pass of a convolution can be computed by, beside the one that is taken by default: what `cnn tune`
 * measures, and what the table that it stores may name. A name that is not listed here, or whose kernel does not take the
 * shape, counts for nothing: a stale or damaged table can cost time, never correctness.
 */
import type { AdapterInfo } from "../../gpu/adapter.ts"
import { BLOCKS, type Block } from "../matmul/gemm.ts"
import type { Conv2dSizes, Plan, Tile } from "./tiles.ts"

/** The three sums of a convolution; `pooled` ones are those of conv2dReluMaxPool2d. */
export const PASSES = ["forward", "input", "weight", "pooled forward", "pooled input", "pooled weight"] as const
export type Pass = (typeof PASSES)[number]

/** How a pass is computed with a tile, by the kernel for any number of input channels or by that for one to three; and else. */
export interface Kernels {
  plain?: Plan
  /** By blocks of a product of matrices, with workgroup memory. */
  gemm?(sizes: Conv2dSizes, block: Block): Plan | undefined
  tiles(sizes: Conv2dSizes, tile: Tile): Plan | undefined
  few(sizes: Conv2dSizes, tile: Tile): Plan | undefined
}

type Variant =
  | { kernel: "plain" }
  | { kernel: "gemm"; block: Block }
  | { kernel: "tiles" | "few"; pixels: Omit<Tile, "LANES"> }

const PIXELS = [[4, 4], [2, 4], [4, 8], [5, 5], [3, 6], [3, 4], [3, 3], [2, 6], [2, 2]] // biome-ignore format: a table
const CHANNELS = { tiles: [2, 4, 8, 12, 16], few: [1, 2, 3] }

/** Multiply-adds written out in one kernel: more take seconds to compile. */
const MOST_TERMS = 2400

/** Every kernel and tile that may be chosen. */
export const VARIANTS: ReadonlyMap<string, Variant> = new Map<string, Variant>([
  ["plain", { kernel: "plain" }],
  ...BLOCKS.map((block): [string, Variant] => [`gemm ${block.BM}x${block.BN}`, { kernel: "gemm", block }]),
  ...(["tiles", "few"] as const).flatMap((kernel) =>
    PIXELS.flatMap(([TI, TJ]) =>
      CHANNELS[kernel].map((TO): [string, Variant] => [
        `${kernel} ${TI}x${TJ}x${TO}`,
        { kernel, pixels: { TI, TJ, TO } },
      ]),
    ),
  ),
])

/** The name, as in `VARIANTS`, of the kernel and the tile or block of a plan. */
export function variantOf({ kernel, consts: { BM, BN, TI, TJ, TO = 1 } }: Plan): string {
  if (BM) return `gemm ${BM}x${BN}`
  return TI ? `${kernel.endsWith("_few") ? "few" : "tiles"} ${TI}x${TJ}x${TO}` : "plain"
}

/** All of a pass that the best kernel may depend on; the batch is left out. */
export const passKey = (pass: Pass, { c, o, h, w, kh, stride, padding }: Conv2dSizes): string =>
  `${pass}: ${c} to ${o} channels, ${h}x${w}, kernel ${kh}, stride ${stride}, padding ${padding}`

/** What `passKey` wrote. */
export function readPassKey(key: string) {
  const pass = PASSES.find((pass) => key.startsWith(`${pass}:`))!
  const [c, o, h, w, kernel, stride, padding] = key.slice(pass.length).match(/\d+/g)!.map(Number)
  return { pass, c, o, h, w, kernel, stride, padding }
}

/** The plan that the adapter's table names for a pass; none where it names none, or one that is not to be had. */
export function tunedPlan(
  pass: Pass,
  { subgroupSize: LANES, tuned }: Pick<AdapterInfo, "subgroupSize" | "tuned">,
  sizes: Conv2dSizes,
  kernels: Kernels,
): Plan | undefined {
  const { kh, kw, c, stride } = sizes
  const variant = VARIANTS.get(tuned?.choices[passKey(pass, sizes)] ?? "")
  if (!variant || kh !== kw) return undefined
  if (variant.kernel === "plain") return kernels.plain
  if (variant.kernel === "gemm") return kernels.gemm?.(sizes, variant.block)
  const { kernel, pixels } = variant
  const { TI, TJ, TO } = pixels
  const terms = TI * TJ * kh * kw * (kernel === "few" ? Math.max(c, TO) : TO)
  if (LANES === 0 || stride > 2 || terms > MOST_TERMS) return undefined
  return kernels[kernel](sizes, { ...pixels, LANES })
}
