import { describe, it } from "vitest"
import { compare, drawDistinct, gradcheck, plain } from "../../bench/reference/gradcheck.ts"
import { elementwise } from "../../bench/reference/references.ts"
import { leakyRelu } from "../../src/layers/leaky_relu.ts"
import { relu } from "../../src/layers/relu.ts"
import { sigmoid } from "../../src/layers/sigmoid.ts"
import { openForTests } from "../support/open.ts"

const gpu = await openForTests()

const activations = [
  { name: "relu", op: relu, f: (x: number) => Math.max(x, 0) },
  { name: "leakyRelu", op: leakyRelu, f: (x: number) => (x > 0 ? x : 0.01 * x) },
  {
    name: "leakyRelu 0.3",
    op: (x: Parameters<typeof leakyRelu>[0]) => leakyRelu(x, { negativeSlope: 0.3 }),
    f: (x: number) => (x > 0 ? x : 0.3 * x),
  },
  { name: "sigmoid", op: sigmoid, f: (x: number) => 1 / (1 + Math.exp(-x)) },
]

describe.each(activations)("$name", ({ name, op, f }) => {
  it.each([[[1]], [[5, 7]], [[1, 3, 5, 9]], [[131]]])("gradients of %j", async (shape) => {
    const inputs = { x: { shape, data: drawDistinct(shape, 3) } }
    await gradcheck(gpu, { name, inputs, op: (x) => op(x), reference: elementwise(f), terms: 1 })
  })
})

describe("sigmoid", () => {
  it("holds at +-100, where exp overflows", async () => {
    const x = gpu.tensor([4], [-100, -20, 20, 100])
    const expected = plain([4], [0, 1 / (1 + Math.exp(20)), 1, 1])
    compare({ name: "sigmoid", terms: 1, atol: 1e-30 }, "y", await sigmoid(x).read(), expected)
  })
})
