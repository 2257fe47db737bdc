import { describe, expect, it } from "vitest"
import { compare, draw, type Plain } from "../../bench/reference/gradcheck.ts"
import { sum } from "../../src/layers/sum.ts"
import { Adam, AdamW } from "../../src/optim/adam.ts"
import type { Optimizer } from "../../src/optim/optimizer.ts"
import { RMSprop } from "../../src/optim/rmsprop.ts"
import { SGD } from "../../src/optim/sgd.ts"
import type { Parameter } from "../../src/tensor/parameters.ts"
import pytorch from "../fixtures/pytorch.json" with { type: "json" }
import { openForTests } from "../support/open.ts"
import { checkRule, follow, parameters, RULES } from "./optim_check.ts"

interface OptimCase {
  op: string
  options: object
  start: Plain
  gradients: Plain[]
  path: Plain[]
}

const cases = (pytorch.cases as object[]).filter((test): test is OptimCase => "path" in test)
const gpu = await openForTests()

const OPTIMIZERS: Record<string, new (parameters: readonly Parameter[], options: object) => Optimizer> = {
  ...{ Adam, AdamW, SGD, RMSprop },
}

describe("optimisers against PyTorch's float64 figures", () => {
  it("has all of them", () => {
    expect(new Set(cases.map(({ op }) => op))).toEqual(new Set(Object.keys(OPTIMIZERS)))
    expect(cases.length).toBe(5)
  })

  it.each(cases)("$op $options", async ({ op, options, start, gradients, path }) => {
    const [parameter] = parameters(gpu, start.data)
    const optimizer = new OPTIMIZERS[op]([parameter], options)
    for (const [step, { data }] of gradients.entries()) {
      const values = await follow(optimizer, parameter, data)
      compare({ name: `${op} step ${step + 1}`, terms: 1 }, "p", values, path[step])
    }
  })
})

describe("what the figures leave out", () => {
  it.each(Object.keys(RULES))("%s", async (name) => {
    await checkRule(gpu, name)
  })

  it("updates all parameters in one dispatch, and leaves those without a gradient as they are", async () => {
    const list = parameters(gpu, [1, 1], [2, 2, 2], [3])
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
      const [parameter] = parameters(gpu, draw([5], 7))
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
