/** What the three ladders of the convolution have in common: sizes, shapes, reference. */
import type { AdapterInfo } from "../src/gpu/adapter.ts"
import type { Adapter, Plan } from "../src/gpu/plan.ts"
import { type Conv2dSizes, checkGroups, multiplyAdds } from "../src/layers/conv2d/sizes.ts"
import type { Tile } from "../src/layers/conv2d/tile.ts"
import type { Block } from "../src/layers/matmul/gemm.ts"
import { checkWhole, windowOutput } from "../src/tensor/check.ts"
import type { Random } from "../src/tensor/random.ts"
import { sizeOf } from "../src/tensor/tensor.ts"
import type { BLOCK_RUNGS } from "./blocks.ts"
import type { Ladder, Rung, Work } from "./ladder.ts"
import { conv2dReference } from "./reference/conv2d_reference.ts"
import { type Plain, plain } from "./reference/gradcheck.ts"

/** Pixels and output channels of a tile; its lanes are those of the adapter's subgroups. */
type Pixels = Omit<Tile, "LANES">

export const tile = (TI: number, TJ: number, TO: number): Pixels => ({ TI, TJ, TO })
export const named = ({ TI, TJ, TO }: Pixels): string => `${TI}x${TJ}x${TO}`

function sizes(numbers: readonly number[]): Conv2dSizes {
  const [n, c, h, w, o, k, stride = 1, padding = (k - 1) >> 1, dilation = 1, groups = 1] = numbers
  checkWhole("conv2d", "stride", stride, 1)
  checkWhole("conv2d", "dilation", dilation, 1)
  checkGroups("conv2d", groups, c, o)
  const out = (extent: number) => windowOutput("conv2d", extent, k, stride, padding, dilation)
  return { n, c, h, w, o, oh: out(h), ow: out(w), kh: k, kw: k, stride, padding, dilation, groups }
}

function odd(random: Random): Conv2dSizes {
  const among = (...values: number[]) => values[random.integer(values.length)]
  const [n, c, h, w] = [
    1 + random.integer(3),
    among(1, 1 + random.integer(18)),
    4 + random.integer(10),
    4 + random.integer(10),
  ]
  const [o, k, stride, padding] = [1 + random.integer(33), among(1, 3, 3, 3), among(1, 1, 2), random.integer(3)]
  // Some are depthwise.
  const groups = among(1, 1, 1, c)
  return sizes([n, c, h, w, groups > 1 ? c : o, k, stride, padding, 1, groups])
}

/** All of a ladder but its name, its inputs, its reference and its rungs. */
export const conv2dLadder: Omit<Ladder<Conv2dSizes>, "name" | "formula" | "inputs" | "reference" | "rungs"> = {
  family: "conv2d",
  form: "NxCxHxW,O,K[,STRIDE[,PADDING[,DILATION[,GROUPS]]]]",
  sizes,
  odd,
  shapes: {
    "refnet-s-1": "32x1x64x64,16,3",
    "refnet-s-2": "32x16x32x32,32,3",
    "refnet-s-3": "32x32x16x16,64,3",
    "refnet-m-2": "32x16x64x64,32,3",
    "refnet-m-3": "32x32x32x32,64,3",
    "refnet-m-4": "32x64x16x16,128,3",
    "small-1": "32x1x64x64,12,5,2",
    "small-2": "32x12x32x32,24,3",
    "small-3": "32x24x16x16,48,3",
    "tiny-8": "32x32x8x8,64,3",
    "tiny-6": "32x48x6x6,48,3",
    "strided-96": "32x1x96x96,16,3,2",
    "seed-1": "32x1x128x128,32,3,1,0",
    "seed-2": "32x32x63x63,64,3,1,0",
    "seed-3": "32x64x30x30,128,3,1,0",
    "mobile-1": "8x32x112x112,32,3,1,1,1,32",
    "mobile-2": "8x96x112x112,96,3,2,1,1,96",
    "mobile-6": "8x192x28x28,192,3,1,1,1,192",
    "mobile-14": "8x576x14x14,576,3,2,1,1,576",
    large: "64x64x128x128,64,3",
  },
  timed: ["refnet-s-2"],
  terms: ({ n, c, o, oh, ow, kh, groups }) => Math.max(((c + o) * kh * kh) / groups, n * oh * ow),
  flops: (sizes) => 2 * multiplyAdds(sizes),
  bytes: (sizes) => 4 * Object.values(shapesOf(sizes)).reduce((sum, shape) => sum + sizeOf(shape), 0),
}

export const shapesOf = ({ n, c, h, w, o, oh, ow, kh, kw, groups }: Conv2dSizes) => ({
  x: [n, c, h, w],
  w: [o, c / groups, kh, kw],
  b: [o],
  dy: [n, o, oh, ow],
})

/** y, dx, dw and db of whichever inputs there are; the others count as zero. */
export function reference(sizes: Conv2dSizes, inputs: Record<string, Plain>) {
  const shapes = shapesOf(sizes)
  const { x = plain(shapes.x), w = plain(shapes.w), b = plain(shapes.b), dy = plain(shapes.dy) } = inputs
  return conv2dReference(x, w, b, dy, sizes)
}

/** How a rung is made whose dispatches `work` makes of a plan. */
export const conv2dRungs =
  (work: (sizes: Conv2dSizes, plan: Plan) => Work) =>
  (name: string, plan: (sizes: Conv2dSizes, adapter: AdapterInfo) => Plan | undefined): Rung<Conv2dSizes> => ({
    name,
    work(sizes, adapter) {
      const planned = plan(sizes, adapter)
      return planned && work(sizes, planned)
    },
  })

/** For a tile; none on adapters whose subgroups have no one size. */
export const tiled =
  (plan: (sizes: Conv2dSizes, tile: Tile) => Plan | undefined, pixels: Pixels) =>
  (sizes: Conv2dSizes, { subgroupSize: LANES }: AdapterInfo) =>
    LANES > 0 ? plan(sizes, { ...pixels, LANES }) : undefined

/** By the blocks of a product; none where they are not for the adapter. */
export const blocked =
  ({ on }: (typeof BLOCK_RUNGS)[number], plan: (sizes: Conv2dSizes, block: Block) => Plan | undefined) =>
  (sizes: Conv2dSizes, adapter: AdapterInfo) => {
    const block = on(adapter)
    return block && plan(sizes, block)
  }

/** An adapter that no kernel but the plain ones is for. */
export const PLAIN: Adapter = { kind: "software", subgroupSize: 0 }
