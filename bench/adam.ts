/**
 * Adam: the update of all parameters of a model.
 */
import type { Bound } from "../src/gpu/bind_groups.ts"
import { draw, type Plain, plain } from "../test/gradcheck.ts"
import type { Input, Ladder, Rung, Tensors } from "./ladder.ts"
import { after } from "./op_rung.ts"

interface Sizes {
  n: number
  /** Parameters that the numbers belong to, all of one size; they start at multiples of 64 numbers. */
  parameters: number
}

const HYPER = { step_size: 0.01, scale: 1.3, beta1: 0.9, beta2: 0.99, eps: 1e-8, decay: 0.02, rest1: 0.1, rest2: 0.01 }

/** Names of the tensors that are cut into parameters. */
const CUT = ["values", "grads", "m", "v"] as const

function cut(inputs: Tensors, { n, parameters }: Sizes): { length: number; tensors: Record<string, Bound> }[] {
  const each = 64 * Math.ceil(n / parameters / 64)
  return Array.from({ length: Math.ceil(n / each) }, (_, i) => {
    const length = Math.min(each, n - i * each)
    const part = (name: string): [string, Bound] => {
      const { gpu, slice } = inputs[name]
      return [name, { slice: gpu.arena.part(slice, 4 * i * each, 4 * length) }]
    }
    return { length, tensors: { ...Object.fromEntries(CUT.map(part)), hyper: inputs.hyper } }
  })
}

const oneByOne: Rung<Sizes> = {
  name: "plain: a dispatch a parameter",
  work: (sizes) =>
    after(
      (_, inputs) => cut(inputs, sizes),
      (gpu, { values, m, v }, parts) => {
        for (const { length, tensors } of parts) gpu.run("adam", tensors, { n: length }, [length])
        return { values, m, v }
      },
    ),
}

const allAtOnce: Rung<Sizes> = {
  name: "chosen: one dispatch for all",
  work:
    ({ n }) =>
    (gpu, { values, grads, m, v, hyper }) => {
      gpu.run("adam", { values, grads, m, v, hyper }, { n }, [n])
      return { values, m, v }
    },
}

function reference(inputs: Record<string, Plain>): Record<string, Plain> {
  const { step_size, scale, beta1, beta2, eps, decay, rest1, rest2 } = HYPER
  const [values, m, v] = ["values", "m", "v"].map((name) => plain(inputs[name].shape, inputs[name].data))
  inputs.grads.data.forEach((gradient, i) => {
    const g = gradient + decay * values.data[i]
    m.data[i] = beta1 * m.data[i] + rest1 * g
    v.data[i] = beta2 * v.data[i] + rest2 * g * g
    values.data[i] -= (step_size * m.data[i]) / (Math.sqrt(v.data[i]) * scale + eps)
  })
  return { values, m, v }
}

const positive: Input["draw"] = (shape, seed) => draw(shape, seed).map((value) => value * value)

export const adam: Ladder<Sizes> = {
  family: "adam",
  name: "adam",
  formula: "m = b1 m + (1 - b1) g, v = b2 v + (1 - b2) g^2, p -= step * m / (sqrt(v) * scale + eps)",
  form: "N[,PARAMETERS]",
  sizes: ([n, parameters = 10]) => ({ n, parameters }),
  shapes: { "refnet-s": "285569,10", "refnet-m": "1145985,12", small: "24000,14" },
  timed: ["refnet-s"],
  odd: (random) => ({ n: 1 + random.integer(2000), parameters: 1 + random.integer(9) }),
  inputs: ({ n }) => ({
    ...{ values: { shape: [n] }, grads: { shape: [n] }, m: { shape: [n] }, v: { shape: [n], draw: positive } },
    hyper: { shape: [8], draw: () => Float32Array.from(Object.values(HYPER)) },
  }),
  reference: (_, inputs) => reference(inputs),
  terms: () => 1,
  flops: ({ n }) => 14 * n,
  bytes: ({ n }) => 28 * n,
  rungs: [oneByOne, allAtOnce],
}
