import { describe, expect, it } from "vitest"
import { gradcheck, plain } from "../../bench/reference/gradcheck.ts"
import { elementwise, dropoutMask as mask } from "../../bench/reference/references.ts"
import { Dropout, DropoutCounter, dropout } from "../../src/layers/dropout.ts"
import { Sequential } from "../../src/layers/sequential.ts"
import { describeMutants } from "../support/mutants.ts"
import { openForTests } from "../support/open.ts"

const gpu = await openForTests()

const ones = (n: number) => gpu.tensor([n], new Float32Array(n).fill(1))

describe("dropout", () => {
  it.each([0.1, 0.5, 0.9])("gradients with p %d, and the same draws as the host", async (p) => {
    const drawn = mask(131, p, 7, 5)
    const counter = new DropoutCounter(7)
    counter.step = 5
    await gradcheck(gpu, {
      name: "dropout",
      inputs: { x: { shape: [131] } },
      op: (x) => dropout(x, { p, counter }),
      reference: (x) =>
        elementwise((value, factor) => value * factor)(x, { shape: [131], data: Float64Array.from(drawn) }),
      terms: 1,
    })
    expect([...(await dropout(ones(131), { p, counter }).read())]).toEqual(mask(131, p, 7, 6))
  })

  it("keeps the mean: a share p is dropped", async () => {
    const y = await dropout(ones(20_000), { p: 0.3 }).read()
    const kept = y.filter((value) => value > 0).length / y.length
    expect(Math.abs(kept - 0.7)).toBeLessThan(4 * Math.sqrt((0.3 * 0.7) / 20_000))
  })

  it("keeps the mask of each forward for its backward", async () => {
    const [a, b] = [ones(100), ones(100)]
    const counter = new DropoutCounter(1)
    const [ya, yb] = [dropout(a, { counter }), dropout(b, { counter })]
    ya.backward(ones(100))
    yb.backward(ones(100))
    expect([...(await a.grad!.read())]).toEqual(mask(100, 0.5, 1, 0))
    expect([...(await b.grad!.read())]).toEqual(mask(100, 0.5, 1, 1))
  })

  it("differs between layers, follows the seed, and does nothing in evaluation", async () => {
    const model = new Sequential(new Dropout(), new Dropout({ p: 0.25 })).to(gpu, { seed: 9 })
    const [first, second] = [mask(80, 0.5, 9, 0, 1), mask(80, 0.25, 9, 0, 2)]
    const expected = first.map((value, i) => Math.fround(value * second[i]))
    expect([...(await model.forward(ones(80)).read())]).toEqual(expected)
    expect([...(await model.forward(ones(80)).read())]).not.toEqual(expected)
    model.initialise(9)
    expect([...(await model.forward(ones(80)).read())]).toEqual(expected)
    const x = ones(80)
    expect(model.eval().forward(x)).toBe(x)
  })

  it("refuses a p that would drop everything", () => {
    expect(() => new Dropout({ p: 1 })).toThrow("Dropout: p is 1, expected a number from 0 to below 1")
    expect(() => dropout(ones(1), { p: -0.1 })).toThrow("dropout: p is -0.1")
  })
})

const drawn = plain([35], mask(35, 0.25, 7, 5, 2))

await describeMutants(
  {
    dropout: {
      inputs: { x: { shape: [5, 7] } },
      op: (x) => dropout(x, { p: 0.25, counter: Object.assign(new DropoutCounter(7, 2), { step: 5 }) }),
      reference: (x) => elementwise((value, factor) => value * factor)(x, drawn),
    },
  },
  [
    ["dropout", "dropout", "mask[i] = factor", "mask[i] = params.scale", "mask not kept"],
    ["dropout", "dropout", "factor * x[i]", "select(0.0, x[i], keep)", "not scaled up"],
    ["dropout", "dropout", "vec4u(counter[0]", "vec4u(0u", "the same draws for all seeds"],
    ["dropout", "dropout", "counter[1]", "3u", "the same draws for all layers"],
    ["dropout", "dropout", "counter[2]", "0u", "the same draws in each step"],
    ["dropout", "dropout", "v ^= v >> vec4u(16u);", "", "half of the hash"],
  ],
)
