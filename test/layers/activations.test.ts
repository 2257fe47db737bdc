import { describe, expect, it } from "vitest"
import { compare, drawDistinct, gradcheck, plain } from "../../bench/reference/gradcheck.ts"
import { elementwise } from "../../bench/reference/references.ts"
import { normalCdf } from "../../src/eval/normal.ts"
import { GELU, gelu } from "../../src/layers/gelu.ts"
import { leakyRelu } from "../../src/layers/leaky_relu.ts"
import { relu } from "../../src/layers/relu.ts"
import { relu6 } from "../../src/layers/relu6.ts"
import { sigmoid } from "../../src/layers/sigmoid.ts"
import { silu } from "../../src/layers/silu.ts"
import type { Tensor } from "../../src/tensor/tensor.ts"
import { describeMutants } from "../support/mutants.ts"
import { openForTests } from "../support/open.ts"

const gpu = await openForTests()

/** Ops with their formulas, by name. */
const ACTIVATIONS: Record<string, [op: (x: Tensor) => Tensor, f: (x: number) => number]> = {
  relu: [(x) => relu(x), (x) => Math.max(x, 0)],
  relu6: [(x) => relu6(x), (x) => Math.min(Math.max(x, 0), 6)],
  leakyRelu: [(x) => leakyRelu(x), (x) => (x > 0 ? x : 0.01 * x)],
  "leakyRelu 0.3": [(x) => leakyRelu(x, { negativeSlope: 0.3 }), (x) => (x > 0 ? x : 0.3 * x)],
  sigmoid: [(x) => sigmoid(x), (x) => 1 / (1 + Math.exp(-x))],
  gelu: [(x) => gelu(x), (x) => x * normalCdf(x)],
  "gelu tanh": [
    (x) => gelu(x, { approximate: "tanh" }),
    (x) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  ],
  silu: [(x) => silu(x), (x) => x / (1 + Math.exp(-x))],
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

const [NONE, HUGE] = [Number.NaN, Number.POSITIVE_INFINITY]

/**
 * x, and y and dx of gelu(x), gelu(x, approximate="tanh") and silu(x) in torch.nn.functional, after
 * y.sum().backward(): PyTorch 1.13, float64.
 */
const PYTORCH = [
  [-1e4, 0, 0, 0, 0, 0, 0],
  [-100, 0, 0, 0, 0, 0, 0],
  [-6, -5.919526e-9, -3.546871e-8, -8.439649e-11, -7.709976e-10, -0.01483574, -0.01232643],
  [-2.5, -0.01552416, -0.03761109, -0.01508427, -0.03795158, -0.1896455, -0.09940111],
  [-0.75, -0.1699705, 0.0007742783, -0.1700394, 0.001061744, -0.240616, 0.1574001],
  [-0.1, -0.04601722, 0.4204769, -0.04601725, 0.4204782, -0.04750208, 0.4500832],
  [0, 0, 0.5, 0, 0.5, 0, 0.5],
  [0.1, 0.05398278, 0.5795231, 0.05398275, 0.5795218, 0.05249792, 0.5499168],
  [0.75, 0.5800295, 0.9992257, 0.5799606, 0.9989383, 0.509384, 0.8425999],
  [2.5, 2.484476, 1.037611, 2.484916, 1.037952, 2.310355, 1.099401],
  [6, 6, 1, 6, 1, 5.985164, 1.012326],
  [100, 100, 1, 100, 1, 100, 1],
  [1e4, 1e4, 1, 1e4, 1, 1e4, 1],
  [HUGE, HUGE, NONE, HUGE, NONE, HUGE, NONE],
  [-HUGE, NONE, NONE, NONE, NONE, NONE, NONE],
  [NONE, NONE, NONE, NONE, NONE, NONE, NONE],
]

describe.each([
  { name: "gelu", column: 1 },
  { name: "gelu tanh", column: 3 },
  { name: "silu", column: 5 },
])("$name is PyTorch's", ({ name, column }) => {
  it("to 1e-6 from 0 to +-1e4, and as infinite, or as little a number", async () => {
    const x = gpu.tensor(
      [PYTORCH.length],
      PYTORCH.map(([value]) => value),
    )
    const y = ACTIVATIONS[name][0](x)
    y.backward(gpu.tensor(x.shape, new Float32Array(x.size).fill(1)))
    const [ours, slopes] = [await y.read(), await x.grad!.read()]
    const off = PYTORCH.filter((row, i) => !agrees(ours[i], row[column]) || !agrees(slopes[i], row[column + 1]))
    expect(off.map(([value]) => value)).toEqual([])
    gpu.endStep()
  })
})

/** Within 1e-6, of numbers over 1 in proportion. */
const agrees = (actual: number, expected: number): boolean =>
  Number.isFinite(expected)
    ? Math.abs(actual - expected) <= 1e-6 * Math.max(1, Math.abs(expected))
    : Object.is(actual, expected)

describe("gelu", () => {
  it("refuses an approximation that it does not have", () => {
    const approximate = "erf" as "tanh"
    const message = "approximate is erf, expected none or tanh"
    expect(() => gelu(gpu.tensor([1], [1]), { approximate })).toThrow(`gelu: ${message}`)
    expect(() => new GELU({ approximate })).toThrow(`GELU: ${message}`)
  })
})

await describeMutants(Object.fromEntries(Object.keys(ACTIVATIONS).map((name) => [name, caseOf(name, [5, 7], 8)])), [
  ["relu", "relu", "select(x[i], 0.0, bitcast<i32>(x[i]) <= MINUS_INFINITY)", "abs(x[i])", "no clipping"],
  ["relu", "relu_backward_input", "select(dy[i], 0.0, bitcast<u32>(y[i]) == 0u)", "dy[i]", "mask dropped"],
  ["relu6", "relu6", "select(x[i], 6.0, above)", "x[i]", "not cut at 6"],
  ["relu6", "relu6", "bits <= MINUS_INFINITY", "false", "not cut at 0"],
  ["relu6", "relu6_backward_input", " | (bits == bitcast<u32>(6.0))", "", "the mask of relu"],
  ["leakyRelu", "leaky_relu", "x[i] > 0.0", "x[i] < 0.0", "sides swapped"],
  ["leakyRelu", "leaky_relu_backward_input", "params.slope", "0.0", "slope dropped"],
  ["sigmoid", "sigmoid", "select(u, 1.0,", "select(1.0, u,", "sides swapped"],
  ["sigmoid", "sigmoid_backward_input", "* (1.0 - y[i])", "", "half of the derivative"],
  ["gelu", "gelu", "select(tail, 1.0 - tail, v > 0.0)", "tail", "sides alike"],
  ["gelu", "gelu", "0.319381530", "0.32", "a wrong digit"],
  ["gelu", "gelu_backward_input", " + v * density", "", "without the distribution's slope"],
  ["gelu", "gelu_backward_input", "0.319381530", "0.32", "a wrong digit"],
  ["gelu tanh", "gelu", "* v * v * v", "* v * v", "no cube"],
  ["gelu tanh", "gelu", "if (TANH)", "if (false)", "the other formula"],
  ["gelu tanh", "gelu_backward_input", " * dw", "", "the inner derivative forgotten"],
  ["gelu tanh", "gelu_backward_input", "0.134145", "0.044715", "the cube's 3 forgotten"],
  ["silu", "silu", "v * select(", "select(", "sigmoid"],
  ["silu", "silu_backward_input", "(s + v * s", "(v * s", "half of the product rule"],
])
