import { describe, expect, it } from "vitest"
import { compare, draw, drawDistinct, gradcheck, plain } from "../../bench/reference/gradcheck.ts"
import { elementwise, maxPool2d, batchNorm2d as reference } from "../../bench/reference/references.ts"
import { BatchNorm2d, batchNorm2d } from "../../src/layers/batch_norm2d.ts"
import { batchNorm2dReluMaxPool2d } from "../../src/layers/batch_norm2d_relu_max_pool2d.ts"
import type { Tensor } from "../../src/tensor/tensor.ts"
import { describeMutants } from "../support/mutants.ts"
import { openForTests } from "../support/open.ts"
import { checkRunning } from "./batch_norm2d_check.ts"

const gpu = await openForTests()
const relu = elementwise((value) => Math.max(value, 0))
const tensor = (shape: number[], seed: number) => gpu.tensor(shape, draw(shape, seed))

describe("batchNorm2d", () => {
  it.each([[[4, 3, 5, 5]], [[1, 2, 7, 3]], [[5, 1, 1, 1]], [[2, 70, 2, 1]], [[3, 2, 11, 9]]])(
    "gradients of x %j in training",
    async (x) => {
      const inputs = { x: { shape: x }, w: { shape: [x[1]] }, b: { shape: [x[1]] } }
      const op = (x: Tensor, w: Tensor, b: Tensor) => batchNorm2d(x, w, b, { training: true })
      await gradcheck(gpu, { name: "batchNorm2d", inputs, op, reference: reference(), terms: x[0] * x[2] * x[3] })
    },
  )

  it.each([[[4, 3, 5, 5]], [[2, 70, 2, 1]]])("gradients of x %j with relu in the same kernel", async (x) => {
    await gradcheck(gpu, {
      name: "batchNorm2d with relu",
      inputs: { x: { shape: x }, w: { shape: [x[1]] }, b: { shape: [x[1]] } },
      op: (x, w, b) => batchNorm2d(x, w, b, { training: true, relu: true }),
      reference: (x, w, b) => relu(reference()(x, w, b)),
      terms: x[0] * x[2] * x[3],
    })
  })

  it.each([
    { x: [4, 3, 6, 4], kernel: 2 },
    { x: [1, 2, 2, 8], kernel: 2 },
    { x: [1, 70, 3, 3], kernel: 3 },
    { x: [3, 2, 10, 14], kernel: 2 },
    { x: [5, 1, 6, 6], kernel: 1 },
  ])("gradients of x $x with relu and windows of $kernel in the same kernel", async ({ x, kernel }) => {
    // The largest of a window must not change with a step of the differences: numbers that stand
    // apart.
    const inputs = { x: { shape: x, data: drawDistinct(x, 3) }, w: { shape: [x[1]] }, b: { shape: [x[1]] } }
    await gradcheck(gpu, {
      name: "batchNorm2dReluMaxPool2d",
      inputs,
      op: (x, w, b) => batchNorm2dReluMaxPool2d(x, w, b, { training: true, kernel }),
      reference: (x, w, b) => maxPool2d({ kernel })(relu(reference()(x, w, b))),
      terms: x[0] * x[2] * x[3],
    })
  })

  it("gradients in inference with relu and windows in the same kernel", async () => {
    const [mean, variance] = [
      [0.5, -1],
      [0.25, 3],
    ]
    const [runningMean, runningVar] = [gpu.persistent([2], mean), gpu.persistent([2], variance)]
    const x = { shape: [2, 2, 4, 6], data: drawDistinct([2, 2, 4, 6], 3) }
    await gradcheck(gpu, {
      name: "batchNorm2dReluMaxPool2d in inference",
      inputs: { x, w: { shape: [2] }, b: { shape: [2] } },
      op: (x, w, b) => batchNorm2dReluMaxPool2d(x, w, b, { runningMean, runningVar, kernel: 2 }),
      reference: (x, w, b) => maxPool2d({ kernel: 2 })(relu(reference({ mean, variance })(x, w, b))),
      terms: 48,
    })
  })

  it("lets no number that is none vanish in relu or windows: a diverged training must show", async () => {
    const x = [...draw([2, 1, 2, 2], 1)]
    x[3] = Number.NaN
    const [w, b] = [gpu.tensor([1], [1]), gpu.tensor([1], [0])]
    for (const op of [
      () => batchNorm2d(gpu.tensor([2, 1, 2, 2], x), w, b, { training: true, relu: true }),
      () => batchNorm2dReluMaxPool2d(gpu.tensor([2, 1, 2, 2], x), w, b, { training: true, kernel: 2 }),
    ]) {
      expect([...(await op().read())].every(Number.isNaN)).toBe(true)
    }
  })

  it("gives a window with a number that is none no number, wherever in the window it lies", async () => {
    const [w, b] = [gpu.tensor([1], [1]), gpu.tensor([1], [0])]
    const running = { runningMean: gpu.persistent([1], [0]), runningVar: gpu.persistent([1], [1]) }
    for (const place of [0, 1, 2, 3]) {
      const x = [1, 2, 3, 4]
      x[place] = Number.NaN
      const y = batchNorm2dReluMaxPool2d(gpu.tensor([1, 1, 2, 2], x), w, b, { ...running, kernel: 2 })
      expect(await y.read()).toEqual(new Float32Array([Number.NaN]))
    }
  })

  it("refuses one running statistic without the other", () => {
    const one = { training: true, runningMean: gpu.persistent([2]) }
    expect(() => batchNorm2d(tensor([2, 2, 3, 3], 3), tensor([2], 1), tensor([2], 2), one)).toThrow(
      "batchNorm2d: give both runningMean and runningVar, or neither",
    )
  })

  it("refuses windows that do not tile x", () => {
    const [w, b] = [tensor([2], 1), tensor([2], 2)]
    expect(() => batchNorm2dReluMaxPool2d(tensor([1, 2, 4, 5], 3), w, b, { training: true, kernel: 2 })).toThrow(
      "batchNorm2dReluMaxPool2d: windows of 2x2 do not tile the 4x5 pixels of x",
    )
  })

  it("gradients in inference", async () => {
    const [mean, variance] = [
      [0.5, -1, 2],
      [0.25, 1, 3],
    ]
    const [runningMean, runningVar] = [gpu.persistent([3], mean), gpu.persistent([3], variance)]
    await gradcheck(gpu, {
      name: "batchNorm2d in inference",
      inputs: { x: { shape: [2, 3, 5, 7] }, w: { shape: [3] }, b: { shape: [3] } },
      op: (x, w, b) => batchNorm2d(x, w, b, { runningMean, runningVar, eps: 0.01 }),
      reference: reference({ mean, variance, eps: 0.01 }),
      terms: 70,
    })
  })

  it("keeps its digits where the spread is small beside the mean, over several slices", async () => {
    const shape = [3, 1, 67, 65]
    const x = draw(shape, 5).map((value) => 1000 + 0.1 * value)
    const y = batchNorm2d(gpu.tensor(shape, x), gpu.tensor([1], [1]), gpu.tensor([1], [0]), { training: true })
    const expected = reference()(plain(shape, x), plain([1], [1]), plain([1], [0]))
    // A float32 of 1000 has steps of 6e-5, 6e-4 of the spread; E[x^2] - E[x]^2 would have no digit
    // left.
    compare({ name: "batchNorm2d", terms: 1, atol: 2e-3 }, "y", await y.read(), expected)
  })

  it("keeps running statistics as PyTorch does, and uses them in inference", async () => {
    const layer = new BatchNorm2d(2).to(gpu)
    const state = layer.stateDict()
    expect([...state].map(([name, { shape }]) => [name, shape])).toEqual([
      ["weight", [2]],
      ["bias", [2]],
      ["running_mean", [2]],
      ["running_var", [2]],
      ["num_batches_tracked", []],
    ])
    await checkRunning(gpu)
  })

  it("refuses a batch of one value per channel in training, as PyTorch does, and inference without statistics", () => {
    const [w, b] = [tensor([2], 1), tensor([2], 2)]
    const one = tensor([1, 2, 1, 1], 3)
    expect(() => batchNorm2d(one, w, b, { training: true })).toThrow("expected more than 1 value per channel")
    expect(() => batchNorm2d(one, w, b)).toThrow("inference needs runningMean and runningVar")
    expect(() => batchNorm2d(tensor([1, 3, 2, 2], 3), w, b, { training: true })).toThrow(
      "batchNorm2d: w is [2], x [1,3,2,2] wants [3]",
    )
  })
})

await describeMutants(
  {
    batchNorm2d: {
      inputs: { x: { shape: [4, 2, 5, 3] }, w: { shape: [2] }, b: { shape: [2] } },
      op: (x, w, b) => batchNorm2d(x, w, b, { training: true }),
      reference: reference(),
      terms: 60,
    },
    batchNorm2dRelu: {
      inputs: { x: { shape: [4, 3, 5, 5] }, w: { shape: [3] }, b: { shape: [3] } },
      op: (x, w, b) => batchNorm2d(x, w, b, { training: true, relu: true }),
      reference: (x, w, b) => relu(reference()(x, w, b)),
      terms: 100,
    },
    batchNorm2dReluMaxPool2d: {
      inputs: { x: { shape: [4, 3, 6, 4], data: drawDistinct([4, 3, 6, 4], 1) }, w: { shape: [3] }, b: { shape: [3] } },
      op: (x, w, b) => batchNorm2dReluMaxPool2d(x, w, b, { training: true, kernel: 2 }),
      reference: (x, w, b) => maxPool2d({ kernel: 2 })(relu(reference()(x, w, b))),
      terms: 96,
    },
  },
  [
    ["batchNorm2d", "batch_norm2d", "scale + shift", "scale", "missing shift"],
    ["batchNorm2d", "batch_norm2d_slice", "d * d", "d", "no squares"],
    [
      "batchNorm2d",
      "batch_norm2d_statistics",
      "variance[c] = m2 / count",
      "variance[c] = m2 / (count - 1.0)",
      "unbiased",
    ],
    ["batchNorm2dRelu", "batch_norm2d", "RELU && bitcast<i32>(value) <= MINUS_INFINITY", "false", "without relu"],
    [
      "batchNorm2dRelu",
      "batch_norm2d_backward_slice",
      "select(slope, 0.0, RELU && ((y <= MINUS_INFINITY) | (y == 0)))",
      "slope",
      "no mask",
    ],
    [
      "batchNorm2dRelu",
      "batch_norm2d_backward_input",
      "select(slope, 0.0, RELU && ((y <= MINUS_INFINITY) | (y == 0)))",
      "slope",
      "no mask",
    ],
    ["batchNorm2dReluMaxPool2d", "batch_norm2d_relu_max_pool2d", "p * K + q, more", "0u, more", "the first always won"],
    [
      "batchNorm2dReluMaxPool2d",
      "batch_norm2d_relu_max_pool2d",
      "(bits > best)",
      "(bits > best) | (place == 4u)",
      "without relu",
    ],
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
  ],
)
