import { describe, expect, it } from "vitest"
import { drawDistinct, gradcheck, type Plain, plain } from "../../bench/reference/gradcheck.ts"
import { elementwise, matmul as plainMatmul } from "../../bench/reference/references.ts"
import { add } from "../../src/layers/add.ts"
import { matmul } from "../../src/layers/matmul/matmul.ts"
import { mul } from "../../src/layers/mul.ts"
import { sigmoid } from "../../src/layers/sigmoid.ts"
import { mean, sum } from "../../src/layers/sum.ts"
import { describeMutants } from "../support/mutants.ts"
import { openForTests } from "../support/open.ts"

const gpu = await openForTests()
const tensor = (...shape: number[]) => gpu.tensor(shape, new Float32Array(shape.reduce((a, b) => a * b)))

describe.each([
  { name: "add", op: add, f: (a: number, b: number) => a + b },
  { name: "mul", op: mul, f: (a: number, b: number) => a * b },
])("$name", ({ name, op, f }) => {
  it.each([[[1]], [[5, 7]], [[131]]])("gradients of %j", async (shape) => {
    const reference = elementwise(f)
    await gradcheck(gpu, { name, inputs: { a: { shape }, b: { shape } }, op: (a, b) => op(a, b), reference, terms: 1 })
    const twice = elementwise((x) => f(x, x))
    await gradcheck(gpu, {
      name: `${name}(x, x)`,
      inputs: { x: { shape } },
      op: (x) => op(x, x),
      reference: twice,
      terms: 2,
    })
  })

  it("refuses two shapes and says that nothing is broadcast", () => {
    expect(() => op(tensor(2, 3), tensor(3))).toThrow(`${name}: b is [3], nothing is broadcast: a [2,3] wants [2,3]`)
  })
})

const plainSum = (x: Plain) => plain([], [x.data.reduce((a, b) => a + b)])

describe("sum and mean", () => {
  it.each([[[1]], [[5, 7]], [[2, 3, 5, 7]]])("gradients of %j", async (shape) => {
    const n = shape.reduce((a, b) => a * b)
    await gradcheck(gpu, { name: "sum", inputs: { x: { shape } }, op: (x) => sum(x), reference: plainSum, terms: n })
    const reference = (x: Plain) => plain([], [plainSum(x).data[0] / n])
    await gradcheck(gpu, { name: "mean", inputs: { x: { shape } }, op: (x) => mean(x), reference, terms: 1 })
  })

  it("adds up more than one block, and blocks of blocks, with the same bits each time", async () => {
    for (const n of [4096, 4097, (4096 * 4096) / 16 + 5]) {
      const x = gpu.tensor(
        [n],
        Float32Array.from({ length: n }, (_, i) => (i % 7) + 1),
      )
      const exact = Array.from({ length: n }, (_, i) => (i % 7) + 1).reduce((a, b) => a + b)
      const [first, second] = [await sum(x).read(), await sum(x).read()]
      expect(first).toEqual(second)
      expect(Math.abs(first[0] / exact - 1)).toBeLessThan(1e-6)
      gpu.endStep()
    }
  })
})

describe("matmul", () => {
  it.each([
    { M: 3, K: 5, N: 4 },
    { M: 1, K: 1, N: 1 },
    { M: 7, K: 3, N: 19 },
    { M: 2, K: 67, N: 1 },
  ])("gradients of [$M,$K] x [$K,$N]", async ({ M, K, N }) => {
    await gradcheck(gpu, {
      name: "matmul",
      inputs: { a: { shape: [M, K] }, b: { shape: [K, N] } },
      op: (a, b) => matmul(a, b),
      reference: plainMatmul,
      terms: M + K + N,
    })
  })

  it("refuses shapes that do not meet", () => {
    expect(() => matmul(tensor(2, 3), tensor(2, 3))).toThrow("matmul: a has 3 columns [2,3], b has 2 rows [2,3]")
    expect(() => matmul(tensor(3), tensor(3, 2))).toThrow("matmul: a is [3], expected 2 dimensions")
  })
})

const pair = { a: { shape: [5, 7] }, b: { shape: [5, 7] } }
const one = { x: { shape: [5, 7], data: drawDistinct([5, 7], 1) } }

await describeMutants(
  {
    add: { inputs: pair, op: (a, b) => add(a, b), reference: elementwise((a, b) => a + b) },
    mul: { inputs: pair, op: (a, b) => mul(a, b), reference: elementwise((a, b) => a * b) },
    fanout: { inputs: one, op: (x) => mul(x, sigmoid(x)), reference: elementwise((x) => x / (1 + Math.exp(-x))) },
    sum: { inputs: { x: { shape: [131] } }, op: (x) => sum(x), reference: plainSum, terms: 131 },
    mean: { inputs: one, op: (x) => mean(x), reference: (x) => plain([], [plainSum(x).data[0] / 35]) },
  },
  [
    ["add", "binary", "a[i] + b[i]", "a[i]", "one side lost"],
    ["fanout", "binary", "a[i] + b[i]", "b[i]", "gradients overwritten instead of added up"],
    ["mul", "binary", "if (MUL)", "if (!MUL)", "wrong operation"],
    ["sum", "sum", "total += partial[k]", "total = partial[k]", "missing accumulation over threads"],
    ["sum", "sum", "sum += x[i]", "sum = x[i]", "missing accumulation within a thread"],
    ["mean", "sum_backward_input", "params.scale * ", "", "the 1/n forgotten"],
  ],
)
