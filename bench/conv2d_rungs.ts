/** The rungs of conv2d.ts, from naive to fast. */
import {
  type Conv2dSizes,
  type Plan,
  planBackwardInput,
  planBackwardWeight,
  planForward,
} from "../src/layers/conv2d_kernels.ts"
import { forwardFew, forwardTiles, inputTiles, type Tile, weightFew, weightTiles } from "../src/layers/conv2d_tiles.ts"

export type Pass = "forward" | "input" | "weight"

export interface Rung {
  name: string
  /** The dispatch, where the rung fits the shape. */
  plan(sizes: Conv2dSizes): Plan | undefined
  /** Set to false for a kernel as its file has it. */
  unrolled?: boolean
}

const PLAIN = { kind: "gpu", subgroupSize: 0 } as const

type Pixels = Omit<Tile, "LANES">

const tile = (TI: number, TJ: number, TO: number): Pixels => ({ TI, TJ, TO })
const named = ({ TI, TJ, TO }: Pixels): string => `${TI}x${TJ}x${TO}`

/** From naive to fast, for subgroups of so many lanes. */
export function rungsFor(LANES: number): Record<Pass, Rung[]> {
  const forwardRung = (size: Pixels): Rung => ({
    name: `tile ${named(size)}`,
    plan: (sizes) => forwardTiles(sizes, { bias: false }, { ...size, LANES }),
  })
  const fewRung = (size: Pixels): Rung => ({
    name: `few ${size.TI}x${size.TJ}`,
    plan: (sizes) => forwardFew(sizes, { bias: false }, { ...size, LANES }),
  })
  const inputRung = (size: Pixels): Rung => ({
    name: `tile ${named(size)}`,
    plan: (sizes) => inputTiles(sizes, { ...size, LANES }),
  })
  const weightRung = (size: Pixels, splits: number): Rung => ({
    name: `tile ${named(size)}, ${splits} splits`,
    plan: (sizes) => weightTiles(sizes, { ...size, LANES }, splits),
  })
  const weightFewRung = (size: Pixels, splits: number): Rung => ({
    name: `few ${named(size)}, ${splits} splits`,
    plan: (sizes) => weightFew(sizes, { ...size, LANES }, splits),
  })
  const chosen = { kind: "software", subgroupSize: LANES } as const
  return {
    forward: [
      { name: "plain", plan: (sizes) => planForward(PLAIN, sizes, { bias: false }) },
      { ...forwardRung(tile(4, 4, 8)), name: "tile 4x4x8, not unrolled", unrolled: false },
      ...[tile(2, 4, 8), tile(4, 4, 8), tile(4, 4, 12), tile(4, 4, 16), tile(4, 8, 8)].map(forwardRung),
      ...[tile(2, 4, 1), tile(4, 4, 1)].map(fewRung),
      { name: "chosen", plan: (sizes) => planForward(chosen, sizes, { bias: false }) },
    ],
    input: [
      { name: "plain", plan: (sizes) => planBackwardInput(PLAIN, sizes) },
      { ...inputRung(tile(4, 4, 8)), name: "tile 4x4x8, not unrolled", unrolled: false },
      ...[tile(4, 4, 8), tile(4, 4, 12), tile(4, 4, 16)].map(inputRung),
      { name: "chosen", plan: (sizes) => planBackwardInput(chosen, sizes) },
    ],
    weight: [
      { name: "plain", plan: (sizes) => planBackwardWeight(PLAIN, sizes) },
      { ...weightRung(tile(4, 4, 8), 8), name: "tile 4x4x8, not unrolled", unrolled: false },
      ...[tile(2, 4, 8), tile(4, 4, 8), tile(4, 4, 12), tile(4, 4, 16)].map((size) => weightRung(size, 8)),
      ...[tile(4, 4, 2), tile(4, 4, 3)].map((size) => weightFewRung(size, 32)),
      { name: "chosen", plan: (sizes) => planBackwardWeight(chosen, sizes) },
    ],
  }
}
