/**
 * Adam: the update of all parameters of a model.
 *
 * `npx cnn bench adam` on two cores with nothing else to do, 2026-11-24.
 *
 * Shape refnet-s. Copying gave 1.2 and 5.3 GB/s in the same run, from buffers that no cache holds.
 *
 *                                                                                    Swift    lava
 *     GB/s                                                                          Shader    pipe
 *     plain: a dispatch a parameter                                                   0.89    2.14
 *     one dispatch for all                                                            0.98    2.70
 *     vectors of four: a load for four numbers                                        1.16    3.82
 *     vectors of four, 2 a thread: threads cost as much as the work                   1.22    3.98
 *     vectors of four, 4 a thread                                                     1.53    4.99
 *     vectors of four, 8 a thread                                                     1.42    6.45
 *     vectors of four, 16 a thread                                                    1.53    5.11
 *     chosen: 8 a thread, on a GPU 1                                                  1.61    4.68
 */
import type { Bound } from "../src/gpu/bind_groups.ts"
import type { Input, Ladder, Rung, Tensors } from "./ladder.ts"
import { after } from "./op_rung.ts"
import { draw, type Plain, plain } from "./reference/gradcheck.ts"

interface Sizes {
  n: number
  /**
   * Parameters that the numbers belong to, all of one size; they start at multiples of 64 numbers.
   */
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
        for (const { length, tensors } of parts) gpu.run("adam_plain", tensors, { n: length }, [length])
        return { values, m, v }
      },
    ),
}

const allAtOnce = (name: string, kernel: string, each: number, vector = 1): Rung<Sizes> => ({
  name,
  work:
    ({ n }) =>
    (gpu, { values, grads, m, v, hyper }) => {
      gpu.run(kernel, { values, grads, m, v, hyper }, { n: n / vector }, [Math.ceil(n / vector / each)])
      return { values, m, v }
    },
})

const chosen: Rung<Sizes> = {
  name: "chosen",
  work: (sizes, adapter) => allAtOnce("", "adam", adapter.kind === "software" ? 8 : 1, 4).work(sizes, adapter),
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
  // The kernels take four numbers at a time, as the engine lays them.
  sizes: ([n, parameters = 10]) => ({ n: 4 * Math.ceil(n / 4), parameters }),
  shapes: { "refnet-s": "285569,10", "refnet-m": "1145985,12", small: "24000,14" },
  timed: ["refnet-s"],
  odd: (random) => ({ n: 4 * (1 + random.integer(500)), parameters: 1 + random.integer(9) }),
  inputs: ({ n }) => ({
    ...{ values: { shape: [n] }, grads: { shape: [n] }, m: { shape: [n] }, v: { shape: [n], draw: positive } },
    hyper: { shape: [8], draw: () => Float32Array.from(Object.values(HYPER)) },
  }),
  reference: (_, inputs) => reference(inputs),
  terms: () => 1,
  flops: ({ n }) => 14 * n,
  bytes: ({ n }) => 28 * n,
  rungs: [
    oneByOne,
    allAtOnce("one dispatch for all", "adam_plain", 1),
    allAtOnce("vectors of four", "adam", 1, 4),
    ...[2, 4, 8, 16].map((each) => allAtOnce(`vectors of four, ${each} a thread`, "adam", each, 4)),
    chosen,
  ],
}
