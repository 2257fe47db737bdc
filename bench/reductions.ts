/**
 * Sum of all elements.
 *
 * `npx cnn bench reductions` on two cores with nothing else to do, 2026-11-24.
 *
 * Shape million. Copying gave 1.1 and 4.8 GB/s in the same run.
 *
 *                                                                                    Swift    lava
 *     GB/s                                                                          Shader    pipe
 *     plain: one thread                                                               0.22    0.45
 *     64 threads a block of 256: most of what they do is waiting at barriers         0.043    0.65
 *     64 threads a block of 4096                                                      0.35    2.20
 *     8 threads a block of 4096                                                       0.82    2.84
 *     chosen: 64 threads a block of 4096                                              0.33    2.13
 *
 * Eight threads are faster on software adapters, where an invocation runs after the other; the
 * engine sums no more than a batch's losses, which one workgroup does with the loss itself.
 */
import { sum as op } from "../src/layers/sum.ts"
import { kernelRung, type Ladder, type Rung } from "./ladder.ts"
import { forwardRung } from "./op_rung.ts"
import { plain } from "./reference/gradcheck.ts"

interface Sizes {
  n: number
}

/** Workgroups of SIZE threads add up BLOCK elements each, and another of them what those found. */
const blocks = (SIZE: number, BLOCK: number): Rung<Sizes> => ({
  name: `${SIZE} threads a block of ${BLOCK}`,
  work:
    ({ n }) =>
    (gpu, { x }) => {
      const step = (from: typeof x, n: number): typeof x => {
        const groups = Math.ceil(n / BLOCK)
        const y = gpu.empty(groups > 1 ? [groups] : [])
        gpu.run("sum", { x: from, y }, { n, scale: 1 }, [groups * SIZE], { SIZE, BLOCK })
        return groups > 1 ? step(y, groups) : y
      }
      return { y: step(x, n) }
    },
})

export const sum: Ladder<Sizes> = {
  family: "reductions",
  name: "sum",
  formula: "y = sum_i x[i]",
  form: "N",
  sizes: ([n]) => ({ n }),
  shapes: { million: "1048576", logits: "32" },
  timed: ["million"],
  odd: (random) => ({ n: 1 + random.integer(random.integer(2) ? 300 : 20_000) }),
  inputs: ({ n }) => ({ x: { shape: [n] } }),
  reference: (_, { x }) => ({ y: plain([], [x.data.reduce((a, b) => a + b, 0)]) }),
  terms: ({ n }) => n,
  flops: ({ n }) => n,
  bytes: ({ n }) => 4 * n,
  rungs: [
    kernelRung("plain: one thread", { y: () => [] }, ({ n }) => ({
      kernel: "sum_serial",
      params: { n },
      threads: [1],
    })),
    ...[
      [64, 256],
      [64, 4096],
      [8, 4096],
    ].map(([size, block]) => blocks(size, block)),
    forwardRung("chosen", ({ x }) => op(x)),
  ],
}
