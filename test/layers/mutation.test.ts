/**
 * Who checks the gradient check? Each kernel is broken on purpose, in the ways that kernels are
 * broken in life, and the check must notice: here those of convolution and products of matrices,
 * those of every other op in the op's test.
 */
import { readdirSync, readFileSync } from "node:fs"
import { expect, it } from "vitest"
import * as plainly from "../../bench/reference/references.ts"
import { shaderNames } from "../../src/gpu/shader_files.ts"
import { conv2d, conv2dReluMaxPool2d, dense, matmul } from "../../src/index.ts"
import { describeMutants } from "../support/mutants.ts"

const positive = plainly.elementwise((x) => Math.max(x, 0))
const product = { a: { shape: [3, 5] }, b: { shape: [5, 4] } }
const grouped = { groups: 2, dilation: 2, stride: 2, padding: 1 }
const strided = { stride: 2, padding: 1 }

await describeMutants(
  {
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
    conv2dGroups: {
      inputs: { x: { shape: [2, 4, 9, 7] }, w: { shape: [6, 2, 3, 3] }, b: { shape: [6] } },
      op: (x, w, b) => conv2d(x, w, b, grouped),
      reference: plainly.conv2d(grouped),
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
  },
  [
    ["matmul", "matmul", "b[k * params.n + n]", "b[n * params.n + k]", "b transposed"],
    ["matmul", "matmul_backward_a", "sum +=", "sum =", "missing accumulation"],
    ["matmul", "matmul_backward_b", "a[m * params.k + k]", "a[k * params.k + m]", "a not transposed"],
    ["dense", "dense", "total = vec4f(b[o.x]", "total = vec4f(0.0 * b[o.x]", "missing bias"],
    ["dense", "dense", "row2 += weights * x[n.z", "row2 += weights * x[n.y", "a row twice"],
    [
      "denseRelu",
      "dense",
      "select(total, vec4f(0.0), bitcast<vec4i>(total) <= vec4i(MINUS_INFINITY))",
      "total",
      "without relu",
    ],
    ["dense", "dense_backward", "sum += w", "sum = w", "missing accumulation"],
    ["dense", "dense_backward", "x[n * params.f + f]", "x[f]", "first row for all"],
    ["dense", "dense_backward", "{ sum += gradient(n, o); }", "{ sum = gradient(n, o); }", "missing accumulation"],
    ["denseRelu", "dense_backward", "select(dy[at], 0.0, bitcast<u32>(y[at]) == 0u)", "dy[at]", "no mask"],
    ["conv2d", "conv2d", "sum = b[o]", "sum = 0.0", "missing bias"],
    ["conv2d", "conv2d", "j * params.stride + q", "j + q", "stride forgotten"],
    ["conv2dGroups", "conv2d", "params.c + c0 + c)", "params.c + c)", "all groups read the first's channels"],
    ["conv2dGroups", "conv2d", "q * params.dilation", "q", "columns next to each other"],
    ["conv2dRelu", "conv2d", "if (RELU &&", "if (false &&", "no relu"],
    ["conv2dRelu", "relu_backward_input", "select(dy[i], 0.0, bitcast<u32>(y[i]) == 0u)", "dy[i]", "mask dropped"],
    ["conv2dReluMaxPool2d", "relu_max_pool2d", "(bits > best)", "(bits > best) | (place == 4u)", "no relu"],
    ["conv2dReluMaxPool2d", "relu_max_pool2d", "place = k;", "place = 0u;", "the first wins always"],
    ["conv2dReluMaxPool2d", "relu_max_pool2d", "params.h + 2u * i", "params.h + i", "windows overlap"],
    ["conv2dReluMaxPool2d", "relu_max_pool2d_backward_input", "place == k", "true", "all of a window win"],
    ["conv2dReluMaxPool2d", "relu_max_pool2d_backward_input", " && j < params.pw", "", "beyond the windows"],
    ["conv2d", "conv2d_backward_input", "row + params.padding - p", "row - p", "padding forgotten"],
    ["conv2d", "conv2d_backward_input", "i * params.stride != reach_i || ", "", "strides between not skipped"],
    ["conv2dGroups", "conv2d_backward_input", "var o = o0;", "var o = 0u;", "from all groups before"],
    ["conv2dGroups", "conv2d_backward_input", "p * params.dilation", "p", "rows next to each other"],
    [
      "conv2dGroups",
      "conv2d_backward_weight",
      "(params.o / params.groups) *",
      "params.o *",
      "channels of the first group",
    ],
    ["conv2dGroups", "conv2d_backward_weight", "q * params.dilation", "q", "columns next to each other"],
    ["conv2d", "conv2d_backward_weight", "sum += image", "sum = image", "missing accumulation over the batch"],
    ["conv2d", "conv2d_backward_weight", "i * params.stride + p", "i + p", "wrong stride"],
    ["conv2d", "conv2d_backward_bias", "sum += dy", "sum = dy", "missing accumulation"],
  ],
)

/** A mutation as it stands in a test: its check, its kernel, and the text to look for. */
const ROW = /\[\s*"[^"\n]+",\s*"(\w+)",\s*"/g

it("has a mutation for every kernel, in these tests", () => {
  const texts = readdirSync("test", { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts"))
    .map((file) => readFileSync(`test/${file}`, "utf8"))
    .filter((text) => text.includes("support/mutants.ts"))
  const mutated = new Set(texts.flatMap((text) => [...text.matchAll(ROW)]).map(([, kernel]) => kernel))
  expect(shaderNames().filter((name) => !mutated.has(name))).toEqual([])
})
