/** What the ladders of pooling have in common: sizes, shapes, random sizes. */
import { checkWhole, windowOutput } from "../src/tensor/check.ts"
import type { Random } from "../src/tensor/random.ts"
import type { Ladder } from "./ladder.ts"

export interface Sizes {
  n: number
  c: number
  h: number
  w: number
  oh: number
  ow: number
  kernel: number
  stride: number
  padding: number
}

export function sizes([n, c, h, w, kernel, stride = kernel, padding = 0]: readonly number[]): Sizes {
  checkWhole("pooling", "stride", stride, 1)
  if (padding > kernel / 2) throw new Error(`padding is ${padding}, expected at most half of the kernel of ${kernel}`)
  const out = (extent: number) => windowOutput("pooling", extent, kernel, stride, padding)
  return { n, c, h, w, oh: out(h), ow: out(w), kernel, stride, padding }
}

/** Windows that tile the input as often as others. */
function odd(random: Random): Sizes {
  const [n, c, kernel] = [1 + random.integer(3), 1 + random.integer(5), 2 + random.integer(2)]
  if (random.integer(2))
    return sizes([n, c, kernel * (1 + random.integer(7)), kernel * (1 + random.integer(7)), kernel])
  return sizes([n, c, 4 + random.integer(9), 4 + random.integer(9), kernel, 1 + random.integer(3), random.integer(2)])
}

export const common: Omit<Ladder<Sizes>, "name" | "formula" | "inputs" | "reference" | "rungs" | "flops" | "bytes"> = {
  family: "pooling",
  form: "NxCxHxW,K[,STRIDE[,PADDING]]",
  sizes,
  shapes: { "refnet-s-1": "32x16x64x64,2", "refnet-s-2": "32x32x32x32,2", overlapping: "32x16x64x64,3,2,1" },
  timed: ["refnet-s-1"],
  odd,
  terms: ({ kernel }) => kernel * kernel,
}

export const shapesOf = ({ n, c, h, w, oh, ow }: Sizes) => ({ x: [n, c, h, w], y: [n, c, oh, ow] })
export const numbers = ({ n, c, h, w, oh, ow }: Sizes) => ({ x: n * c * h * w, y: n * c * oh * ow })
export const params = ({ n, c, h, w, oh, ow, kernel, stride, padding }: Sizes) => ({
  ...{ planes: n * c, h, w, oh, ow, kernel, stride, padding },
})

/** Whether the windows cover the input exactly. */
export const tiling = ({ h, w, oh, ow, kernel, stride, padding }: Sizes): boolean =>
  stride === kernel && padding === 0 && h === oh * kernel && w === ow * kernel
