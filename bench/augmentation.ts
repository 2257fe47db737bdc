/**
 * Augmentation: a random transform an image, by bilinear sampling.
 *
 * `npx cnn bench augmentation` on two cores with nothing else to do, 2026-11-24.
 *
 * Shape small, operations of the sampling:
 *
 *                                                                                    Swift    lava
 *     GFLOP/s                                                                       Shader    pipe
 *     plain: a thread a pixel                                                         0.48    1.18
 *     4 pixels a thread: the transform is loaded once for all                         0.86    2.53
 *     16 pixels a thread                                                              1.19    3.28
 *     64 pixels a thread                                                              1.27    3.71
 *     chosen: 16 pixels a thread, on a GPU 1                                          1.06    2.97
 */
import { drawTransform, augment as op, type Transform } from "../src/layers/augment.ts"
import { kernelRung, type Ladder } from "./ladder.ts"
import { forwardRung } from "./op_rung.ts"
import { everyKind, sampled } from "./reference/augment_check.ts"
import { plain } from "./reference/gradcheck.ts"

interface Sizes {
  n: number
  c: number
  h: number
  w: number
}

const transforms = ({ n, w }: Sizes): Transform[] =>
  Array.from({ length: n }, (_, image) => drawTransform(everyKind, 11, 2, image, w))

const rowOf = ({ matrix, tx, ty, gain, offset }: Transform): number[] => [...matrix, tx, ty, gain, offset]

const shapeOf = ({ n, c, h, w }: Sizes) => [n, c, h, w]

/** Threads that share a plane, each with so many pixels. */
const sharing = (each: number) =>
  kernelRung<Sizes>(each === 1 ? "plain: a thread a pixel" : `${each} pixels a thread`, { y: shapeOf }, (sizes) => {
    const { n, c, h, w } = sizes
    const lanes = Math.ceil((h * w) / each)
    return { kernel: "augment", params: { planes: n * c, c, h, w, lanes, black: 0 }, threads: [n * c * lanes] }
  })

export const augmentation: Ladder<Sizes> = {
  family: "augmentation",
  name: "augment",
  formula: "y[n,c,i,j] = gain * x[n,c,(i,j) carried back to the input] + offset",
  form: "NxCxHxW",
  sizes: ([n, c, h, w]) => ({ n, c, h, w }),
  shapes: { small: "16x1x80x80", seed: "32x1x128x128" },
  timed: ["small"],
  odd: (random) => ({
    n: 1 + random.integer(3),
    c: 1 + random.integer(2),
    h: 2 + random.integer(20),
    w: 2 + random.integer(20),
  }),
  inputs: (sizes) => ({
    x: { shape: shapeOf(sizes) },
    transform: { shape: [sizes.n, 8], draw: () => Float32Array.from(transforms(sizes).flatMap(rowOf)) },
  }),
  reference(sizes, { x }) {
    const { n, c, h, w } = sizes
    return { y: plain(x.shape, sampled([n, c, h, w], Float32Array.from(x.data), transforms(sizes))) }
  },
  // Where a pixel comes from is computed in float32.
  terms: () => 100,
  flops: ({ n, c, h, w }) => 40 * n * c * h * w,
  bytes: ({ n, c, h, w }) => 8 * n * c * h * w,
  rungs: [...[1, 4, 16, 64].map(sharing), forwardRung("chosen", ({ x }, sizes) => op(x, transforms(sizes)))],
}
