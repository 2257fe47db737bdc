/**
 * Matrix product. A tile is rows x columns of a subgroup x products in a row.
 *
 * `npx cnn bench matmul` on two cores with nothing else to do, 2026-11-24.
 *
 * Shape 256. The adapters' own ceilings in the same run: 31 and 55 GFLOP/s in registers.
 *
 *                                                                                    Swift    lava
 *     GFLOP/s                                                                       Shader    pipe
 *     plain: a thread an element, two loads a multiply-add                            0.49    0.79
 *     tile 16x32x4 as its file has it: sums in memory, indexed in loops                0.2    1.83
 *     tile 16x32x1 unrolled: 12 loads serve 128 multiply-adds of a lane               2.76    9.25
 *     tile 16x32x2: two products of a sum in a row                                    3.59    10.2
 *     tile 16x32x4: four                                                              4.36    9.33
 *     tile 32x32x2: more rows to serve with a load of b                               3.90    12.1
 *     tile 32x32x4                                                                    4.23    11.8
 *     block 32x32: a GPU's kernel, in workgroup memory                                0.49    1.50
 *     chosen: 16x32x4 and 32x32x2                                                     4.10    12.1
 */
import { planGemm, runGemm } from "../src/layers/matmul/gemm.ts"
import { matmul as op } from "../src/layers/matmul/matmul.ts"
import { BLOCK_RUNGS } from "./blocks.ts"
import { kernelRung, type Ladder, type Rung } from "./ladder.ts"
import { forwardRung } from "./op_rung.ts"
import { matmul as reference } from "./reference/references.ts"
import { TILE_RUNGS } from "./tiles.ts"

interface Sizes {
  m: number
  k: number
  n: number
}

export const matmul: Ladder<Sizes> = {
  family: "matmul",
  name: "matmul",
  formula: "y[m,n] = sum_k a[m,k] * b[k,n]",
  form: "MxK,N",
  sizes: ([m, k, n]) => ({ m, k, n }),
  shapes: { "256": "256x256,256", "512": "512x512,512", "4096": "4096x4096,4096", "refnet-s": "32x4096,64" },
  timed: ["256"],
  odd: (random) => ({ m: 1 + random.integer(40), k: 1 + random.integer(70), n: 1 + random.integer(40) }),
  inputs: ({ m, k, n }) => ({ a: { shape: [m, k] }, b: { shape: [k, n] } }),
  reference: (_, { a, b }) => ({ y: reference(a, b) }),
  terms: ({ k }) => k,
  flops: ({ m, k, n }) => 2 * m * k * n,
  bytes: ({ m, k, n }) => 4 * (m * k + k * n + m * n),
  rungs: [
    kernelRung("plain", { y: ({ m, n }) => [m, n] }, ({ m, k, n }) => ({
      kernel: "matmul",
      params: { m, k, n },
      threads: [m * n],
    })),
    ...TILE_RUNGS.map(({ name, unrolled, on }): Rung<Sizes> => {
      return {
        name,
        unrolled,
        work(sizes, adapter) {
          const run = on(adapter)
          if (!run) return undefined
          return (gpu, { a, b }) => {
            const y = gpu.empty([sizes.m, sizes.n])
            run({ a, b, y }, sizes)
            return { y }
          }
        },
      }
    }),
    ...BLOCK_RUNGS.map(({ name, on }): Rung<Sizes> => {
      return {
        name,
        work(sizes, adapter) {
          const block = on(adapter)
          if (!block) return undefined
          return (gpu, { a, b }) => {
            const y = gpu.empty([sizes.m, sizes.n])
            runGemm(planGemm(sizes, block), { a, b, y })
            return { y }
          }
        },
      }
    }),
    forwardRung("chosen", ({ a, b }) => op(a, b)),
  ],
}
