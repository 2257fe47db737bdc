import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { mul } from "../src/layers/mul.ts"
import { sum } from "../src/layers/sum.ts"
import { Adam, AdamW } from "../src/optim/adam.ts"
import type { Optimizer } from "../src/optim/optimizer.ts"
import { RMSprop } from "../src/optim/rmsprop.ts"
import { SGD } from "../src/optim/sgd.ts"
import { type Parameter, ParameterPack } from "../src/tensor/parameters.ts"
import { compare, draw, type Plain, plain } from "./gradcheck.ts"
import { openForTests } from "./open.ts"

interface OptimCase {
  op: string
  options: object
  start: Plain
  gradients: Plain[]
  path: Plain[]
}

const text = readFileSync(new URL("fixtures/pytorch.json", import.meta.url), "utf8")
const cases: OptimCase[] = JSON.parse(text).cases.filter((test: object) => "path" in test)
const gpu = await openForTests()

const OPTIMIZERS: Record<string, new (parameters: readonly Parameter[], options: object) => Optimizer> = {
  ...{ Adam, AdamW, SGD, RMSprop },
}

function parameters(...starts: ArrayLike<number>[]): Parameter[] {
  const pack = new ParameterPack(
    gpu,
    starts.map(({ length }, i) => ({ name: `p${i}`, shape: [length] })),
  )
  pack.list.forEach((parameter, i) => {
    gpu.write(parameter.slice, new Float32Array(starts[i]))
  })
  return pack.list
}

/** A step whose gradient is the given one: that of the sum of parameter times gradient. */
async function follow(optimizer: Optimizer, parameter: Parameter, gradient: ArrayLike<number>): Promise<Float32Array> {
  sum(mul(parameter, gpu.tensor(parameter.shape, gradient, { requiresGrad: false }))).backward()
  optimizer.step()
  const values = await parameter.read()
  gpu.endStep()
  return values
}

describe("optimisers against PyTorch's float64 figures", () => {
  it("has all of them", () => {
    expect(new Set(cases.map(({ op }) => op))).toEqual(new Set(Object.keys(OPTIMIZERS)))
    expect(cases.length).toBe(5)
  })

  it.each(cases)("$op $options", async ({ op, options, start, gradients, path }) => {
    const [parameter] = parameters(start.data)
    const optimizer = new OPTIMIZERS[op]([parameter], options)
    for (const [step, { data }] of gradients.entries()) {
      const values = await follow(optimizer, parameter, data)
      compare({ name: `${op} step ${step + 1}`, terms: 1 }, "p", values, path[step])
    }
  })
})

/** One number's path, the formulas of the optimisers' heads in float64. */
type Rule = (p: number, g: number, memory: Record<string, number>) => number

const RULES: { name: string; make: (list: Parameter[]) => Optimizer; rule: Rule }[] = [
  {
    name: "SGD with Nesterov and weight decay",
    make: (list) => new SGD(list, { lr: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.02 }),
    rule: (p, gradient, memory) => {
      const g = gradient + 0.02 * p
      memory.u = 0.9 * (memory.u ?? 0) + g
      return p - 0.1 * (g + 0.9 * memory.u)
    },
  },
  {
    name: "RMSprop with momentum and weight decay",
    make: (list) => new RMSprop(list, { lr: 0.01, alpha: 0.9, momentum: 0.8, weightDecay: 0.02 }),
    rule: (p, gradient, memory) => {
      const g = gradient + 0.02 * p
      memory.v = 0.9 * (memory.v ?? 0) + 0.1 * g * g
      memory.u = 0.8 * (memory.u ?? 0) + g / (Math.sqrt(memory.v) + 1e-8)
      return p - 0.01 * memory.u
    },
  },
  {
    name: "Adam with weight decay",
    make: (list) => new Adam(list, { lr: 0.01, betas: [0.8, 0.95], weightDecay: 0.1 }),
    rule: (p, gradient, memory) => {
      const g = gradient + 0.1 * p
      memory.t = (memory.t ?? 0) + 1
      memory.m = 0.8 * (memory.m ?? 0) + 0.2 * g
      memory.v = 0.95 * (memory.v ?? 0) + 0.05 * g * g
      const m = memory.m / (1 - 0.8 ** memory.t)
      return p - (0.01 * m) / (Math.sqrt(memory.v / (1 - 0.95 ** memory.t)) + 1e-8)
    },
  },
]

describe("what the figures leave out", () => {
  it.each(RULES)("$name", async ({ name, make, rule }) => {
    const start = draw([131], 1)
    const [parameter] = parameters(start)
    const optimizer = make([parameter])
    const memories = Array.from(start, () => ({}))
    let expected = Array.from(start)
    for (let step = 0; step < 5; step++) {
      const gradient = draw([131], 10 + step)
      expected = expected.map((p, i) => rule(p, gradient[i], memories[i]))
      const values = await follow(optimizer, parameter, gradient)
      compare({ name: `${name} step ${step + 1}`, terms: 1 }, "p", values, plain([131], expected))
    }
  })

  it("updates all parameters in one dispatch, and leaves those without a gradient as they are", async () => {
    const list = parameters([1, 1], [2, 2, 2], [3])
    const optimizer = new SGD(list, { lr: 1 })
    const step = (used: Parameter[]) => {
      for (const parameter of used) sum(parameter).backward()
      const before = gpu.counters.dispatches
      optimizer.step()
      return gpu.counters.dispatches - before
    }
    expect(step(list)).toBe(1)
    gpu.endStep()
    step([list[0], list[2]])
    const values = await Promise.all(list.map((parameter) => parameter.read()))
    gpu.endStep()
    expect(values.map((row) => [...row])).toEqual([[-1, -1], [1, 1, 1], [1]])
  })

  it("goes on from a saved state as without a pause", async () => {
    const gradients = [0, 1, 2, 3].map((seed) => draw([5], seed))
    const run = async (pause: boolean) => {
      const [parameter] = parameters(draw([5], 7))
      let optimizer = new Adam([parameter])
      for (const [i, gradient] of gradients.entries()) {
        if (pause && i === 2) {
          const state = await optimizer.state()
          optimizer = new Adam([parameter])
          optimizer.load(state)
        }
        await follow(optimizer, parameter, gradient)
      }
      return [...(await parameter.read())]
    }
    expect(await run(true)).toEqual(await run(false))
  })
})
