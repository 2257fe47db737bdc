/**
 * Who checks the gradient check? Here each kernel is broken on purpose, in the ways that kernels are broken in life,
 * and the check must notice. A mutation that no longer fits the shader's text, or a shader that its case does not run,
 * fails too.
 */
import { describe, expect, it } from "vitest"
import { type Case, drawDistinct, gradcheck, type Plain, plain } from "../../bench/reference/gradcheck.ts"
import * as plainly from "../../bench/reference/references.ts"
import {
  add,
  avgPool2d,
  batchNorm2d,
  batchNorm2dReluMaxPool2d,
  bceWithLogits,
  conv2d,
  conv2dReluMaxPool2d,
  DropoutCounter,
  dense,
  dropout,
  globalAvgPool,
  leakyRelu,
  matmul,
  maxPool2d,
  mean,
  mul,
  relu,
  sigmoid,
  softmaxCrossEntropy,
  sum,
} from "../../src/index.ts"
import type { TensorGpu } from "../../src/tensor/tensor_gpu.ts"
import { beyondGradients, type Mutation, openForMutants } from "../support/mutants.ts"

// The plain kernels, those that every adapter can run: conv2d has others beside them for adapters with subgroups.
const mutants = await openForMutants(false)

const positive = plainly.elementwise((x) => Math.max(x, 0))
const total = (x: Plain) => x.data.reduce((a, b) => a + b)
const overlap = { kernel: 3, stride: 2, padding: 1 }
const strided = { stride: 2, padding: 1 }
const mask = plain([35], plainly.dropoutMask(35, 0.25, 7, 5, 2))

type Inputs = Case["inputs"]
const x57: Inputs = { x: { shape: [5, 7], data: drawDistinct([5, 7], 1) } }
const pair: Inputs = { a: { shape: [5, 7] }, b: { shape: [5, 7] } }
const product: Inputs = { a: { shape: [3, 5] }, b: { shape: [5, 4] } }
const image: Inputs = { x: { shape: [2, 2, 7, 6], data: drawDistinct([2, 2, 7, 6], 1) } }
const targets = (...data: number[]): Inputs["t"] => ({ shape: [data.length], data, requiresGrad: false })

/** The checks, by name; a mutation says which of them must notice it. */
const CASES: Record<string, Omit<Case, "name" | "terms"> & { terms?: number }> = {
  relu: { inputs: x57, op: (x) => relu(x), reference: plainly.elementwise((x) => Math.max(x, 0)) },
  leakyRelu: { inputs: x57, op: (x) => leakyRelu(x), reference: plainly.elementwise((x) => (x > 0 ? x : 0.01 * x)) },
  sigmoid: { inputs: x57, op: (x) => sigmoid(x), reference: plainly.elementwise((x) => 1 / (1 + Math.exp(-x))) },
  add: { inputs: pair, op: (a, b) => add(a, b), reference: plainly.elementwise((a, b) => a + b) },
  mul: { inputs: pair, op: (a, b) => mul(a, b), reference: plainly.elementwise((a, b) => a * b) },
  fanout: { inputs: x57, op: (x) => mul(x, sigmoid(x)), reference: plainly.elementwise((x) => x / (1 + Math.exp(-x))) },
  sum: { inputs: { x: { shape: [131] } }, op: (x) => sum(x), reference: (x) => plain([], [total(x)]), terms: 131 },
  mean: { inputs: x57, op: (x) => mean(x), reference: (x) => plain([], [total(x) / x.data.length]) },
  matmul: { inputs: product, op: (a, b) => matmul(a, b), reference: plainly.matmul, terms: 12 },
  dense: {
    inputs: { x: { shape: [3, 5] }, w: { shape: [4, 5] }, b: { shape: [4] } },
    op: (x, w, b) => dense(x, w, b),
    reference: plainly.dense,
    terms: 12,
  },
  denseRelu: {
    inputs: { x: { shape: [3, 5] }, w: { shape: [4, 5] }, b: { shape: [4] } },
    op: (x, w, b) => dense(x, w, b, { relu: true }),
    reference: (x, w, b) => positive(plainly.dense(x, w, b)),
    terms: 12,
  },
  conv2d: {
    inputs: { x: { shape: [2, 2, 7, 6] }, w: { shape: [3, 2, 3, 3] }, b: { shape: [3] } },
    op: (x, w, b) => conv2d(x, w, b, strided),
    reference: plainly.conv2d(strided),
    terms: 100,
  },
  conv2dRelu: {
    inputs: { x: { shape: [2, 2, 7, 6] }, w: { shape: [3, 2, 3, 3] }, b: { shape: [3] } },
    op: (x, w, b) => conv2d(x, w, b, { relu: true }),
    reference: (x, w, b) => positive(plainly.conv2d()(x, w, b)),
    terms: 100,
  },
  conv2dReluMaxPool2d: {
    inputs: { x: { shape: [2, 2, 7, 6] }, w: { shape: [3, 2, 2, 2] }, b: { shape: [3] } },
    op: (x, w, b) => conv2dReluMaxPool2d(x, w, b, { padding: 1 }),
    reference: (x, w, b) => plainly.maxPool2d({ kernel: 2 })(positive(plainly.conv2d({ padding: 1 })(x, w, b))),
    terms: 100,
  },
  maxPool2d: { inputs: image, op: (x) => maxPool2d(x, overlap), reference: plainly.maxPool2d(overlap) },
  maxPool2dTiling: {
    inputs: { x: { shape: [1, 2, 4, 6], data: drawDistinct([1, 2, 4, 6], 3) } },
    op: (x) => maxPool2d(x, { kernel: 2 }),
    reference: plainly.maxPool2d({ kernel: 2 }),
  },
  avgPool2d: { inputs: image, op: (x) => avgPool2d(x, overlap), reference: plainly.avgPool2d(overlap) },
  avgPool2dTiling: {
    inputs: { x: { shape: [1, 2, 26, 34] } },
    op: (x) => avgPool2d(x, { kernel: 2 }),
    reference: plainly.avgPool2d({ kernel: 2 }),
  },
  globalAvgPool: { inputs: image, op: (x) => globalAvgPool(x), reference: plainly.globalAvgPool },
  batchNorm2d: {
    inputs: { x: { shape: [4, 2, 5, 3] }, w: { shape: [2] }, b: { shape: [2] } },
    op: (x, w, b) => batchNorm2d(x, w, b, { training: true }),
    reference: plainly.batchNorm2d(),
    terms: 60,
  },
  batchNorm2dRelu: {
    inputs: { x: { shape: [4, 3, 5, 5] }, w: { shape: [3] }, b: { shape: [3] } },
    op: (x, w, b) => batchNorm2d(x, w, b, { training: true, relu: true }),
    reference: (x, w, b) => positive(plainly.batchNorm2d()(x, w, b)),
    terms: 100,
  },
  batchNorm2dReluMaxPool2d: {
    inputs: { x: { shape: [4, 3, 6, 4], data: drawDistinct([4, 3, 6, 4], 1) }, w: { shape: [3] }, b: { shape: [3] } },
    op: (x, w, b) => batchNorm2dReluMaxPool2d(x, w, b, { training: true, kernel: 2 }),
    reference: (x, w, b) => plainly.maxPool2d({ kernel: 2 })(positive(plainly.batchNorm2d()(x, w, b))),
    terms: 96,
  },
  bceWithLogits: {
    // More than a workgroup takes alone.
    inputs: { x: { shape: [1025] }, t: targets(...Array.from({ length: 1025 }, (_, i) => [0, 1, 1, 0, 0.25][i % 5])) },
    op: (x, t) => bceWithLogits(x, t, { posWeight: 2.5 }),
    reference: plainly.bceWithLogits(2.5),
  },
  softmaxCrossEntropy: {
    inputs: { x: { shape: [4, 65] }, t: targets(2, 0, 64, 1) },
    op: (x, t) => softmaxCrossEntropy(x, t),
    reference: plainly.softmaxCrossEntropy,
  },
  dropout: {
    inputs: x57,
    op: (x) => dropout(x, { p: 0.25, counter: Object.assign(new DropoutCounter(7, 2), { step: 5 }) }),
    reference: (x) => plainly.elementwise((value, factor) => value * factor)(x, mask),
  },
}

const MUTATIONS: Mutation[] = [
  ["relu", "relu", "max(x[i], 0.0)", "abs(x[i])", "no clipping"],
  ["relu", "relu_backward_input", "select(0.0, dy[i], y[i] > 0.0)", "dy[i]", "mask dropped"],
  ["leakyRelu", "leaky_relu", "x[i] > 0.0", "x[i] < 0.0", "sides swapped"],
  ["leakyRelu", "leaky_relu_backward_input", "params.slope", "0.0", "slope dropped"],
  ["sigmoid", "sigmoid", "select(u, 1.0,", "select(1.0, u,", "sides swapped"],
  ["sigmoid", "sigmoid_backward_input", "* (1.0 - y[i])", "", "half of the derivative"],
  ["add", "add", "a[i] + b[i]", "a[i]", "one side lost"],
  ["fanout", "add", "a[i] + b[i]", "b[i]", "gradients overwritten instead of added up"],
  ["mul", "mul", "a[i] * b[i]", "a[i] + b[i]", "wrong operation"],
  ["sum", "sum", "total += partial[k]", "total = partial[k]", "missing accumulation over threads"],
  ["sum", "sum", "sum += x[i]", "sum = x[i]", "missing accumulation within a thread"],
  ["mean", "sum_backward_input", "params.scale * ", "", "the 1/n forgotten"],
  ["matmul", "matmul", "b[k * params.n + n]", "b[n * params.n + k]", "b transposed"],
  ["matmul", "matmul_backward_a", "sum +=", "sum =", "missing accumulation"],
  ["matmul", "matmul_backward_b", "a[m * params.k + k]", "a[k * params.k + m]", "a not transposed"],
  ["dense", "dense", "total = vec4f(b[o.x]", "total = vec4f(0.0 * b[o.x]", "missing bias"],
  ["dense", "dense", "row2 += weights * x[n.z", "row2 += weights * x[n.y", "a row twice"],
  ["denseRelu", "dense", "max(total, vec4f(0.0))", "total", "without relu"],
  ["dense", "dense_backward", "sum += w", "sum = w", "missing accumulation"],
  ["dense", "dense_backward", "x[n * params.f + f]", "x[f]", "first row for all"],
  ["dense", "dense_backward", "{ sum += gradient(n, o); }", "{ sum = gradient(n, o); }", "missing accumulation"],
  ["denseRelu", "dense_backward", "select(0.0, dy[at], y[at] > 0.0)", "dy[at]", "no mask"],
  ["conv2d", "conv2d", "sum = b[o]", "sum = 0.0", "missing bias"],
  ["conv2d", "conv2d", "j * params.stride + q", "j + q", "stride forgotten"],
  ["conv2dRelu", "conv2d", "max(sum, 0.0)", "sum", "no relu"],
  ["conv2dRelu", "relu_backward_input", "select(0.0, dy[i], y[i] > 0.0)", "dy[i]", "mask dropped"],
  ["conv2dReluMaxPool2d", "relu_max_pool2d", "var best = 0.0", "var best = -9.0", "no relu"],
  ["conv2dReluMaxPool2d", "relu_max_pool2d", "place = k;", "place = 0u;", "the first wins always"],
  ["conv2dReluMaxPool2d", "relu_max_pool2d", "params.h + 2u * i", "params.h + i", "windows overlap"],
  ["conv2dReluMaxPool2d", "relu_max_pool2d_backward_input", "place == k", "true", "all of a window win"],
  ["conv2dReluMaxPool2d", "relu_max_pool2d_backward_input", " && j < params.pw", "", "beyond the windows"],
  ["conv2d", "conv2d_backward_input", "row + params.padding - p", "row - p", "padding forgotten"],
  ["conv2d", "conv2d_backward_input", "i * params.stride != reach_i || ", "", "strides between not skipped"],
  ["conv2d", "conv2d_backward_weight", "sum += image", "sum = image", "missing accumulation over the batch"],
  ["conv2d", "conv2d_backward_weight", "i * params.stride + p", "i + p", "wrong stride"],
  ["conv2d", "conv2d_backward_bias", "sum += dy", "sum = dy", "missing accumulation"],
  ["maxPool2d", "max_pool2d", "value > best", "value >= 0.0", "last positive instead of largest"],
  ["maxPool2d", "max_pool2d", "place = row * params.w + column;", "place = top * params.w + left;", "wrong argmax"],
  ["maxPool2d", "max_pool2d_backward_input", "argmax[window] == place", "true", "gradient to the whole window"],
  ["maxPool2d", "max_pool2d_backward_input", "sum += dy[window]", "sum = dy[window]", "overlap overwritten"],
  ["maxPool2dTiling", "max_pool2d_backward_input_tiling", "place == won", "true", "gradient to the whole window"],
  ["avgPool2d", "avg_pool2d", "+ params.kernel - params.padding", "+ params.kernel", "window grows at the edge"],
  ["avgPool2d", "avg_pool2d_backward_input", "sum / f32(params.kernel * params.kernel)", "sum", "divisor forgotten"],
  ["avgPool2d", "avg_pool2d_backward_input", "/ params.stride + 1u", "/ params.stride", "one window too many"],
  ["avgPool2dTiling", "avg_pool2d_tiling", " / f32(K * K)", "", "divisor forgotten"],
  ["avgPool2dTiling", "avg_pool2d_tiling", "sum += x", "sum = x", "missing accumulation"],
  ["avgPool2dTiling", "avg_pool2d_backward_input_tiling", " / f32(K * K)", "", "divisor forgotten"],
  [
    "avgPool2dTiling",
    "avg_pool2d_backward_input_tiling",
    "next_i + select(0u, 1u, over)",
    "next_i",
    "a row of windows twice",
  ],
  ["globalAvgPool", "global_avg_pool", "var pixel = 0u", "var pixel = 1u", "a pixel left out"],
  ["globalAvgPool", "global_avg_pool_backward_input", " / f32(params.pixels)", "", "divisor forgotten"],
  ["batchNorm2d", "batch_norm2d", "scale + shift", "scale", "missing shift"],
  ["batchNorm2d", "batch_norm2d_slice", "d * d", "d", "no squares"],
  [
    "batchNorm2d",
    "batch_norm2d_statistics",
    "variance[c] = m2 / count",
    "variance[c] = m2 / (count - 1.0)",
    "unbiased",
  ],
  ["batchNorm2dRelu", "batch_norm2d", "RELU && value <= 0.0", "false", "without relu"],
  ["batchNorm2dRelu", "batch_norm2d_backward_slice", "!RELU || centred * scale + shift > 0.0", "true", "no mask"],
  ["batchNorm2dRelu", "batch_norm2d_backward_input", "!RELU || centred * scale + shift > 0.0", "true", "no mask"],
  ["batchNorm2dReluMaxPool2d", "batch_norm2d_relu_max_pool2d", "p * K + q, more", "0u, more", "the first always won"],
  ["batchNorm2dReluMaxPool2d", "batch_norm2d_relu_max_pool2d", "var best = 0.0", "var best = -9.0", "without relu"],
  [
    "batchNorm2dReluMaxPool2d",
    "batch_norm2d_relu_max_pool2d_backward_slice",
    "select(0.0, dy[plane + window], place < K * K)",
    "dy[plane + window]",
    "through relu",
  ],
  [
    "batchNorm2dReluMaxPool2d",
    "batch_norm2d_relu_max_pool2d_backward_slice",
    "corner + place / K % K * params.ow * K + place % K",
    "corner",
    "not the x that won",
  ],
  [
    "batchNorm2dReluMaxPool2d",
    "batch_norm2d_relu_max_pool2d_backward_input",
    "place == p * K + q",
    "place < K * K",
    "to all of a window",
  ],
  ["batchNorm2d", "batch_norm2d_backward_slice", "x[plane + pixel] - average", "x[plane + pixel]", "not centred"],
  ["batchNorm2d", "batch_norm2d_backward_channel", "sum_dy_x / root;", "sum_dy_x;", "not scaled"],
  ["batchNorm2d", "batch_norm2d_backward_input", "- mean_dy ", "", "without the mean's term"],
  ["batchNorm2d", "batch_norm2d_backward_input", " * slope_x", " * 0.0", "without the variance's term"],
  ["bceWithLogits", "bce_with_logits", "params.pos_weight * ", "", "posWeight dropped"],
  ["bceWithLogits", "bce_with_logits_backward_input", "params.pos_weight * ", "", "posWeight dropped"],
  ["bceWithLogits", "bce_with_logits_backward_input", " / f32(params.n)", "", "mean forgotten"],
  ["softmaxCrossEntropy", "softmax_cross_entropy", "- x[row + class_index]", "- x[row]", "class 0 for all"],
  ["softmaxCrossEntropy", "softmax_cross_entropy_backward_input", "select(0.0, 1.0, hit)", "0.0", "target forgotten"],
  ["dropout", "dropout", "mask[i] = select(0.0, params.scale, keep)", "mask[i] = params.scale", "mask not kept"],
  ["dropout", "dropout", "params.scale * x[i]", "x[i]", "not scaled up"],
  ["dropout", "dropout", "vec4u(counter[0]", "vec4u(0u", "the same draws for all seeds"],
  ["dropout", "dropout", "counter[1]", "3u", "the same draws for all layers"],
  ["dropout", "dropout", "counter[2]", "0u", "the same draws in each step"],
  ["dropout", "dropout", "v ^= v >> vec4u(16u);", "", "half of the hash"],
]

const check = (gpu: TensorGpu, name: string) => gradcheck(gpu, { terms: 1, ...CASES[name], name })

describe("the gradient check", () => {
  it.each(Object.keys(CASES))("passes %s as it is", async (name) => {
    await check(mutants.gpu(), name)
  })

  it.each(MUTATIONS)("of %s notices %s: '%s' -> '%s' (%s)", async (...mutation) => {
    await mutants.expectNoticed((gpu) => check(gpu, mutation[0]), mutation)
  })

  it("has a mutation for every plain kernel of an op", () => {
    const mutated = new Set(MUTATIONS.map(([, kernel]) => kernel))
    expect(mutants.shaderNames.filter((name) => !mutated.has(name) && !beyondGradients(name))).toEqual([])
  })
})
