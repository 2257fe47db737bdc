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

const PLAIN = { kind: "gpu", subgroups: false } as const

const tile = (TI: number, TJ: number, TO: number): Tile => ({ TI, TJ, TO })
const named = ({ TI, TJ, TO }: Tile): string => `${TI}x${TJ}x${TO}`

const forwardRung = (size: Tile): Rung => ({
  name: `tile ${named(size)}`,
  plan: (sizes) => forwardTiles(sizes, false, size),
})
const fewRung = ({ TI, TJ }: Tile): Rung => ({
  name: `few ${TI}x${TJ}`,
  plan: (sizes) => forwardFew(sizes, false, { TI, TJ }),
})
const inputRung = (size: Tile): Rung => ({ name: `tile ${named(size)}`, plan: (sizes) => inputTiles(sizes, size) })
const weightRung = (size: Tile, splits: number): Rung => ({
  name: `tile ${named(size)}, ${splits} splits`,
  plan: (sizes) => weightTiles(sizes, size, splits),
})
const weightFewRung = (size: Tile, splits: number): Rung => ({
  name: `few ${named(size)}, ${splits} splits`,
  plan: (sizes) => weightFew(sizes, size, splits),
})

const SOFTWARE = { kind: "software", subgroups: true } as const

export const RUNGS: Record<Pass, Rung[]> = {
  forward: [
    { name: "plain", plan: (sizes) => planForward(PLAIN, sizes, false) },
    { ...forwardRung(tile(4, 4, 8)), name: "tile 4x4x8, not unrolled", unrolled: false },
    ...[tile(2, 4, 8), tile(4, 4, 8), tile(4, 4, 12), tile(4, 4, 16)].map(forwardRung),
    ...[tile(2, 4, 1), tile(4, 4, 1)].map(fewRung),
    { name: "chosen", plan: (sizes) => planForward(SOFTWARE, sizes, false) },
  ],
  input: [
    { name: "plain", plan: (sizes) => planBackwardInput(PLAIN, sizes) },
    { ...inputRung(tile(4, 4, 8)), name: "tile 4x4x8, not unrolled", unrolled: false },
    ...[tile(4, 4, 8), tile(4, 4, 12)].map(inputRung),
    { name: "chosen", plan: (sizes) => planBackwardInput(SOFTWARE, sizes) },
  ],
  weight: [
    { name: "plain", plan: (sizes) => planBackwardWeight(PLAIN, sizes) },
    { ...weightRung(tile(4, 4, 8), 8), name: "tile 4x4x8, not unrolled", unrolled: false },
    ...[tile(2, 4, 8), tile(4, 4, 8), tile(4, 4, 12)].map((size) => weightRung(size, 8)),
    ...[tile(4, 4, 2), tile(4, 4, 3)].map((size) => weightFewRung(size, 32)),
    { name: "chosen", plan: (sizes) => planBackwardWeight(SOFTWARE, sizes) },
  ],
}
