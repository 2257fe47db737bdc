/**
 * Elementwise: one input (relu) and two (add).
 *
 * `npx cnn bench elementwise` on two cores with nothing else to do, 2026-11-24.
 *
 * relu, shape refnet-s-1. Copying gave 1.2 and 4.9 GB/s in the same run.
 *
 *                                                                                    Swift    lava
 *     GB/s                                                                          Shader    pipe
 *     plain: a thread an element                                                      0.51    1.28
 *     4 elements a thread, side by side in a workgroup: a thread costs, too           0.78    2.33
 *     8 elements a thread                                                             0.83    2.96
 *     16 elements a thread                                                            1.26    2.81
 *     vectors of four: a load for four numbers                                        0.87    3.14
 *     vectors of four, 4 a thread                                                     1.16    5.03
 *     chosen: 8 elements a thread                                                     0.84    2.70
 *
 * add:
 *
 *                                                                                    Swift    lava
 *     GB/s                                                                          Shader    pipe
 *     plain: a thread an element                                                      0.73    1.94
 *     chosen: the same                                                                0.81    1.96
 *
 * Vectors would be faster still, but need sizes that four divides, and no network that is trained
 * here spends a hundredth of its step in either: behind a convolution, a dense layer or a norm the
 * ReLU is theirs.
 */
import { add as addOp } from "../src/layers/add.ts"
import { relu as reluOp } from "../src/layers/relu.ts"
import { kernelRung, type Ladder } from "./ladder.ts"
import { forwardRung } from "./op_rung.ts"
import { elementwise } from "./reference/references.ts"

interface Sizes {
  n: number
}

const common: Omit<Ladder<Sizes>, "name" | "formula" | "inputs" | "reference" | "bytes" | "rungs"> = {
  family: "elementwise",
  form: "N",
  sizes: ([n]) => ({ n }),
  shapes: { "refnet-s-1": `${32 * 16 * 64 * 64}`, "refnet-s-3": `${32 * 64 * 16 * 16}`, small: "4096" },
  timed: ["refnet-s-1"],
  odd: (random) => ({ n: 1 + random.integer(random.integer(2) ? 40 : 3000) }),
  terms: () => 1,
  flops: ({ n }) => n,
}

const output = { y: ({ n }: Sizes) => [n] }

/** Threads that stride over the elements, so many each. */
const striding = (each: number) =>
  kernelRung<Sizes>(each === 1 ? "plain: a thread an element" : `${each} elements a thread`, output, ({ n }) => ({
    kernel: "relu",
    params: { n },
    threads: [Math.ceil(n / each)],
  }))

const byFours = (each: number) =>
  kernelRung<Sizes>(`vectors of four, ${each} a thread`, output, ({ n }) =>
    n % 4 ? undefined : { kernel: "relu_vec4", params: { n: n / 4 }, threads: [Math.ceil(n / 4 / each)] },
  )

export const relu: Ladder<Sizes> = {
  ...common,
  name: "relu",
  formula: "y[i] = max(x[i], 0)",
  inputs: ({ n }) => ({ x: { shape: [n] } }),
  reference: (_, { x }) => ({ y: elementwise((value) => Math.max(value, 0))(x) }),
  bytes: ({ n }) => 8 * n,
  rungs: [...[1, 4, 8, 16].map(striding), ...[1, 4].map(byFours), forwardRung("chosen", ({ x }) => reluOp(x))],
}

export const add: Ladder<Sizes> = {
  ...common,
  name: "add",
  formula: "y[i] = a[i] + b[i]",
  inputs: ({ n }) => ({ a: { shape: [n] }, b: { shape: [n] } }),
  reference: (_, { a, b }) => ({ y: elementwise((one, other) => one + other)(a, b) }),
  bytes: ({ n }) => 12 * n,
  rungs: [
    kernelRung("plain: a thread an element", output, ({ n }) => ({ kernel: "binary", params: { n }, threads: [n] })),
    forwardRung("chosen", ({ a, b }) => addOp(a, b)),
  ],
}
