/**
 * Dense layer: forward, and the gradients of input, weight and bias.
 */
import { dense as op } from "../src/layers/dense.ts"
import { type Block, gemm } from "../src/layers/gemm.ts"
import { type Plain, plain } from "../test/gradcheck.ts"
import { matmul, dense as reference } from "../test/references.ts"
import { BLOCK_RUNGS } from "./blocks.ts"
import { kernelRung, type Ladder, type Rung, type Work } from "./ladder.ts"
import { backwardRung, forwardRung } from "./op_rung.ts"

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
    ...byBlocks(({ n, f, o }, block) => (gpu, { x, w, b }) => {
      const y = gpu.empty([n, o])
      gemm({ a: x, b: w, bias: b, y }, { m: n, n: o, k: f }, { bTransposed: true }, block)
      return { y }
    }),
    forwardRung("chosen", ({ x, w, b }) => op(x, w, b)),
  ],
}

const plainInput: Rung<Sizes> = {
  name: "plain",
  work:
    ({ n, f, o }) =>
    (gpu, { w, dy }) => {
      const dx = gpu.empty([n, f])
      gpu.run("dense_backward_input", { w, dy, dx }, { n, f, o }, [Math.ceil(n / 4) * f])
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
  rungs: [plainInput, backwardRung("chosen", ["x"], ({ x, w }) => op(x, w))],
}

function transposed({ shape: [rows, columns], data }: Plain): Plain {
  const out = plain([columns, rows])
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out.data[j * rows + i] = data[i * columns + j]
  return out
}

const plainWeight: Rung<Sizes> = {
  name: "plain",
  work:
    ({ n, f, o }) =>
    (gpu, { x, dy }) => {
      const [dw, db] = [gpu.empty([o, f]), gpu.empty([o])]
      gpu.run("dense_backward_weight", { x, dy, dw }, { n, f, o }, [Math.ceil(o / 4) * f])
      gpu.run("dense_backward_bias", { dy, db }, { n, o }, [o])
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
    ...byBlocks(({ n, f, o }, block) => (gpu, { x, dy }) => {
      const [dw, db] = [gpu.empty([o, f]), gpu.empty([o])]
      gemm({ a: dy, b: x, y: dw, rows: db }, { m: o, n: f, k: n }, { aTransposed: true }, block)
      return { dw, db }
    }),
    backwardRung("chosen", ["w", "b"], ({ x, w, b }) => op(x, w, b)),
  ],
}
