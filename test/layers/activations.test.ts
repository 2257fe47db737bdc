import { describe, it } from "vitest"
import { compare, drawDistinct, gradcheck, plain } from "../../bench/reference/gradcheck.ts"
import { elementwise } from "../../bench/reference/references.ts"
import { leakyRelu } from "../../src/layers/leaky_relu.ts"
import { relu } from "../../src/layers/relu.ts"
import { sigmoid } from "../../src/layers/sigmoid.ts"
import type { Tensor } from "../../src/tensor/tensor.ts"
import { describeMutants } from "../support/mutants.ts"
import { openForTests } from "../support/open.ts"

const gpu = await openForTests()

/** Ops with their formulas, by name. */
const ACTIVATIONS: Record<string, [op: (x: Tensor) => Tensor, f: (x: number) => number]> = {
  relu: [(x) => relu(x), (x) => Math.max(x, 0)],
  leakyRelu: [(x) => leakyRelu(x), (x) => (x > 0 ? x : 0.01 * x)],
  "leakyRelu 0.3": [(x) => leakyRelu(x, { negativeSlope: 0.3 }), (x) => (x > 0 ? x : 0.3 * x)],
  sigmoid: [(x) => sigmoid(x), (x) => 1 / (1 + Math.exp(-x))],
}

const caseOf = (name: string, shape: number[], spread: number) => {
  const [op, f] = ACTIVATIONS[name]
  const x = { shape, data: drawDistinct(shape, 3).map((value) => spread * value) }
  return { inputs: { x }, op, reference: elementwise(f) }
}

describe.each(Object.keys(ACTIVATIONS))("%s", (name) => {
  it.each([
    { shape: [1], spread: 1 },
    { shape: [5, 7], spread: 1 },
    { shape: [1, 3, 5, 9], spread: 1 },
    { shape: [131], spread: 1 },
    { shape: [262], spread: 4 },
  ])("gradients of $shape, $spread wide", async ({ shape, spread }) => {
    await gradcheck(gpu, { name, ...caseOf(name, shape, spread), terms: 1 })
  })
})

describe("sigmoid", () => {
  it("holds at +-100, where exp overflows", async () => {
    const x = gpu.tensor([4], [-100, -20, 20, 100])
    const expected = plain([4], [0, 1 / (1 + Math.exp(20)), 1, 1])
    compare({ name: "sigmoid", terms: 1, atol: 1e-30 }, "y", await sigmoid(x).read(), expected)
  })
})

await describeMutants(Object.fromEntries(Object.keys(ACTIVATIONS).map((name) => [name, caseOf(name, [5, 7], 4)])), [
  ["relu", "relu", "max(x[i], 0.0)", "abs(x[i])", "no clipping"],
  ["relu", "relu_backward_input", "select(0.0, dy[i], y[i] > 0.0)", "dy[i]", "mask dropped"],
  ["leakyRelu", "leaky_relu", "x[i] > 0.0", "x[i] < 0.0", "sides swapped"],
  ["leakyRelu", "leaky_relu_backward_input", "params.slope", "0.0", "slope dropped"],
  ["sigmoid", "sigmoid", "select(u, 1.0,", "select(1.0, u,", "sides swapped"],
  ["sigmoid", "sigmoid_backward_input", "* (1.0 - y[i])", "", "half of the derivative"],
])
