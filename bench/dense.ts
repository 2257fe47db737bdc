/**
 * Dense layer: forward, and the gradients of input, weight and bias. A tile is rows x columns of a
 * subgroup x products in a row.
 *
 * `npx cnn bench dense` on two cores with nothing else to do, 2026-11-24.
 *
 * Forward, shape refnet-s. The adapters' own ceilings in the same run: 31 and 61 GFLOP/s in
 * registers.
 *
 *                                                                                    Swift    lava
 *     GFLOP/s                                                                       Shader    pipe
 *     plain: a thread an element, two loads a multiply-add                            0.62    0.82
 *     a workgroup 4x4: 8 loads serve 16 multiply-adds, threads share the features     1.23    2.98
 *     tile 16x32x4 as its file has it: sums in memory, indexed in loops               0.24    2.11
 *     tile 16x32x1 unrolled: 12 loads serve 128 multiply-adds of a lane               2.86    8.90
 *     tile 16x32x2: two products of a sum in a row                                    3.86    10.1
 *     tile 16x32x4: four                                                              4.46    9.87
 *     tile 32x32x2: more rows to serve with a load of b                               4.01    10.4
 *     tile 32x32x4                                                                    4.19    10.2
 *     block 32x32: a GPU's kernel, in workgroup memory                                0.61    1.41
 *     chosen: 16x32x4 and 32x32x2                                                     4.07    10.4
 *
 * dx:
 *
 *                                                                                    Swift    lava
 *     GFLOP/s                                                                       Shader    pipe
 *     plain: a thread an element, two loads a multiply-add                            0.52     0.8
 *     tile 16x32x4 as its file has it: sums in memory, indexed in loops               0.26    1.98
 *     tile 16x32x1 unrolled: 12 loads serve 128 multiply-adds of a lane               3.01    7.80
 *     tile 16x32x2: two products of a sum in a row                                    3.63    8.97
 *     tile 16x32x4: four                                                              4.20    7.43
 *     tile 32x32x2: more rows to serve with a load of b                               3.95    7.95
 *     tile 32x32x4                                                                    4.10    9.93
 *     chosen                                                                          3.24    10.5
 *
 * dw and db:
 *
 *                                                                                    Swift    lava
 *     GFLOP/s                                                                       Shader    pipe
 *     plain: a thread an element, two loads a multiply-add                            0.38    0.85
 *     tile 16x32x4 as its file has it: sums in memory, indexed in loops               0.19    1.98
 *     tile 16x32x1 unrolled: 12 loads serve 128 multiply-adds of a lane               2.39    8.32
 *     tile 16x32x2: two products of a sum in a row                                    2.33    7.83
 *     tile 16x32x4: four                                                              2.94    7.04
 *     tile 32x32x2: more rows to serve with a load of b                               2.85    8.85
 *     tile 32x32x4                                                                    3.26    8.38
 *     block 32x32                                                                     0.17    1.10
 *     chosen                                                                          2.82    9.18
 *
 * Chosen are 16x32x4 on SwiftShader, where 32x32x4 takes twice the 0.3 s to compile, and 32x32x2 on
 * lavapipe. Against the kernels before (4x4 forward; a feature of 4 rows or outputs a thread
 * backward), in one run of their own: 3.1, 4.9 and 4.5 times as fast on SwiftShader, 3.8, 6.1 and
 * 5.9 times on lavapipe, with the gate of a ReLU included.
 *
 * What is left, by leaving parts out on SwiftShader: of dx half is multiply-adds (1.0 to 1.4 ns for
 * four lanes, since sums outnumber the registers), a quarter loads (9 ns for four lanes, whether
 * they are neighbours or the same; 7.5 a value by vec4), the rest stores (14 ns). Handing a number
 * round costs 0.7 ns. Writing the stores out, too, brought dx and dw a fifth for half as long again
 * to compile. Tried without gain: lanes along the sum, added up at the end (16x16x2 1.4 times
 * slower); a separate loop for what is left of the k instead of a mask; atomic loads (15 ns).
 */
import { dense as op } from "../src/layers/matmul/dense.ts"
import { type Block, planGemm, runGemm } from "../src/layers/matmul/gemm.ts"
import type { Product, ProductTensors } from "../src/layers/matmul/product.ts"
import type { Tensor } from "../src/tensor/tensor.ts"
import { BLOCK_RUNGS } from "./blocks.ts"
import type { BenchGpu } from "./device.ts"
import { kernelRung, type Ladder, type Rung, type Tensors, type Work } from "./ladder.ts"
import { backwardRung, forwardRung } from "./op_rung.ts"
import { type Plain, plain } from "./reference/gradcheck.ts"
import { matmul, dense as reference } from "./reference/references.ts"
import { TILE_RUNGS } from "./tiles.ts"

interface Sizes {
  n: number
  f: number
  o: number
}

const common: Omit<Ladder<Sizes>, "name" | "formula" | "inputs" | "reference" | "rungs"> = {
  family: "dense",
  form: "NxF,O",
  sizes: ([n, f, o]) => ({ n, f, o }),
  shapes: { "refnet-s": "32x4096,64", "refnet-m": "32x8192,128", seed: "32x25088,128", last: "32x64,1" },
  timed: ["refnet-s"],
  odd: (random) => ({ n: 1 + random.integer(11), f: 1 + random.integer(150), o: 1 + random.integer(19) }),
  terms: ({ n, f, o }) => Math.max(n, f, o),
  flops: ({ n, f, o }) => 2 * n * f * o,
  bytes: ({ n, f, o }) => 4 * (n * f + f * o + n * o),
}

const shapesOf = ({ n, f, o }: Sizes) => ({ x: [n, f], w: [o, f], b: [o], dy: [n, o] })

const byBlocks = (work: (sizes: Sizes, block: Block) => Work): Rung<Sizes>[] =>
  BLOCK_RUNGS.map(({ name, on }) => ({
    name,
    work(sizes, adapter) {
      const block = on(adapter)
      return block && work(sizes, block)
    },
  }))

type Multiply = (tensors: ProductTensors, product: Product) => void

const byTiles = (work: (sizes: Sizes, multiply: Multiply) => Work): Rung<Sizes>[] =>
  TILE_RUNGS.map(({ name, unrolled, on }) => ({
    name,
    unrolled,
    work(sizes, adapter) {
      const multiply = on(adapter)
      return multiply && work(sizes, multiply)
    },
  }))

export const denseForward: Ladder<Sizes> = {
  ...common,
  name: "dense_forward",
  formula: "y[n,o] = b[o] + sum_f w[o,f] * x[n,f]",
  inputs(sizes) {
    const { x, w, b } = shapesOf(sizes)
    return { x: { shape: x }, w: { shape: w }, b: { shape: b } }
  },
  reference: (_, { x, w, b }) => ({ y: reference(x, w, b) }),
  rungs: [
    kernelRung("plain", { y: (sizes) => shapesOf(sizes).dy }, ({ n, f, o }) => ({
      kernel: "dense_plain",
      params: { n, f, o },
      threads: [n * o],
    })),
    kernelRung("a workgroup 4x4", { y: (sizes) => shapesOf(sizes).dy }, ({ n, f, o }, { kind }) => {
      const SIZE = kind === "software" ? 8 : 64
      const threads = [Math.ceil(o / 4) * SIZE, Math.ceil(n / 4)]
      return { kernel: "dense", params: { n, f, o }, threads, consts: { SIZE } }
    }),
    ...byTiles(({ n, f, o }, multiply) => (gpu, { x, w, b }) => {
      const y = gpu.empty([n, o])
      multiply({ a: x, b: w, bias: b, y }, { m: n, n: o, k: f, bTransposed: true })
      return { y }
    }),
    ...byBlocks(({ n, f, o }, block) => (gpu, { x, w, b }) => {
      const y = gpu.empty([n, o])
      const product = { m: n, n: o, k: f, bTransposed: true, bias: true }
      runGemm(planGemm(product, block), { a: x, b: w, bias: b, y })
      return { y }
    }),
    forwardRung("chosen", ({ x, w, b }) => op(x, w, b)),
  ],
}

/** All gradients that are wanted in one dispatch, a thread an element. */
function plainly(
  gpu: BenchGpu,
  { n, f, o }: Sizes,
  { x, w, dy }: Tensors,
  { dx, dw, db }: { dx?: Tensor; dw?: Tensor; db?: Tensor },
): void {
  const nothing = () => gpu.empty([1])
  const tensors = { x, w, y: dy, dy, dx: dx ?? nothing(), dw: dw ?? nothing(), db: db ?? nothing() }
  const wanted = { want_dx: Number(Boolean(dx)), want_dw: Number(Boolean(dw)), want_db: Number(Boolean(db)) }
  const threads = (dx ? n * f : 0) + (dw ? o * f : 0) + (db ? o : 0)
  gpu.run("dense_backward", tensors, { n, o, f, ...wanted }, [threads])
}

const plainInput: Rung<Sizes> = {
  name: "plain",
  work: (sizes) => (gpu, inputs) => {
    const dx = gpu.empty([sizes.n, sizes.f])
    plainly(gpu, sizes, inputs, { dx })
    return { dx }
  },
}

export const denseBackwardInput: Ladder<Sizes> = {
  ...common,
  name: "dense_backward_input",
  formula: "dx[n,f] = sum_o w[o,f] * dy[n,o]",
  inputs(sizes) {
    const { x, w, dy } = shapesOf(sizes)
    // x, which no gradient of itself needs, is what the op was called with.
    return { x: { shape: x }, w: { shape: w }, dy: { shape: dy } }
  },
  reference: (_, { w, dy }) => ({ dx: matmul(dy, w) }),
  rungs: [
    plainInput,
    ...byTiles(({ n, f, o }, multiply) => (gpu, { w, dy }) => {
      const dx = gpu.empty([n, f])
      multiply({ a: dy, b: w, y: dx }, { m: n, n: f, k: o })
      return { dx }
    }),
    backwardRung("chosen", ["x"], ({ x, w }) => op(x, w)),
  ],
}

function transposed({ shape: [rows, columns], data }: Plain): Plain {
  const out = plain([columns, rows])
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out.data[j * rows + i] = data[i * columns + j]
  return out
}

const plainWeight: Rung<Sizes> = {
  name: "plain",
  work: (sizes) => (gpu, inputs) => {
    const [dw, db] = [gpu.empty([sizes.o, sizes.f]), gpu.empty([sizes.o])]
    plainly(gpu, sizes, inputs, { dw, db })
    return { dw, db }
  },
}

export const denseBackwardWeight: Ladder<Sizes> = {
  ...common,
  name: "dense_backward_weight",
  formula: "dw[o,f] = sum_n dy[n,o] * x[n,f], db[o] = sum_n dy[n,o]",
  inputs(sizes) {
    const { x, w, b, dy } = shapesOf(sizes)
    return { x: { shape: x }, w: { shape: w }, b: { shape: b }, dy: { shape: dy } }
  },
  reference(_, { x, dy }) {
    const ones = plain([dy.shape[0], 1], new Float64Array(dy.shape[0]).fill(1))
    return { dw: matmul(transposed(dy), x), db: plain([dy.shape[1]], matmul(transposed(dy), ones).data) }
  },
  rungs: [
    plainWeight,
    ...byTiles(({ n, f, o }, multiply) => (gpu, { x, dy }) => {
      const [dw, db] = [gpu.empty([o, f]), gpu.empty([o])]
      multiply({ a: dy, b: x, y: dw, rows: db }, { m: o, n: f, k: n, aTransposed: true })
      return { dw, db }
    }),
    ...byBlocks(({ n, f, o }, block) => (gpu, { x, dy }) => {
      const [dw, db] = [gpu.empty([o, f]), gpu.empty([o])]
      const product = { m: o, n: f, k: n, aTransposed: true, rows: true }
      runGemm(planGemm(product, block), { a: dy, b: x, y: dw, rows: db })
      return { dw, db }
    }),
    backwardRung("chosen", ["w", "b"], ({ x, w, b }) => op(x, w, b)),
  ],
}
