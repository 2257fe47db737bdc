import { describe, expect, it } from "vitest"
import { gradcheck } from "../../bench/reference/gradcheck.ts"
import { globalAvgPool as plainGlobal, avgPool2d as reference } from "../../bench/reference/references.ts"
import { avgPool2d } from "../../src/layers/avg_pool2d.ts"
import { globalAvgPool } from "../../src/layers/global_avg_pool.ts"
import { describeMutants } from "../support/mutants.ts"
import { openAsGpu, openForTests } from "../support/open.ts"

const gpu = await openForTests()
const asGpu = await openAsGpu()

describe("avgPool2d", () => {
  it.each([
    { x: [2, 3, 8, 8], options: { kernel: 2 } },
    { x: [3, 5, 6, 9], options: { kernel: 3 } },
    { x: [1, 2, 26, 34], options: { kernel: 2 } },
    { x: [2, 1, 5, 5], options: { kernel: 2, padding: 1 } },
    { x: [1, 2, 7, 9], options: { kernel: 2, stride: 2 } },
    { x: [1, 1, 9, 9], options: { kernel: 3, stride: 2, padding: 1 } },
    { x: [2, 1, 6, 7], options: { kernel: 3, stride: 1 } },
    { x: [1, 2, 5, 11], options: { kernel: 2, stride: 3, padding: 1 } },
    { x: [3, 1, 5, 4], options: { kernel: 4, stride: 1, padding: 2 } },
  ])("gradients of x $x, $options", async ({ x, options }) => {
    for (const on of [gpu, asGpu]) {
      await gradcheck(on, {
        name: "avgPool2d",
        inputs: { x: { shape: x } },
        op: (x) => avgPool2d(x, options),
        reference: reference(options),
        terms: options.kernel ** 2,
      })
    }
  })

  it("refuses what does not fit", () => {
    const x = gpu.tensor([1, 1, 4, 4], new Float32Array(16))
    expect(() => avgPool2d(x, { kernel: 5 })).toThrow("avgPool2d: a kernel of 5 does not fit an input of 4")
    expect(() => avgPool2d(x, { kernel: 3, padding: 2 })).toThrow("padding is 2, expected at most half of the kernel")
  })
})

describe("globalAvgPool", () => {
  it.each([[[2, 3, 5, 7]], [[1, 1, 1, 1]], [[1, 70, 2, 1]], [[1, 2, 11, 13]]])("gradients of x %j", async (shape) => {
    for (const on of [gpu, asGpu]) {
      await gradcheck(on, {
        name: "globalAvgPool",
        inputs: { x: { shape } },
        op: (x) => globalAvgPool(x),
        reference: plainGlobal,
        terms: 1,
      })
    }
  })
})

const overlap = { kernel: 3, stride: 2, padding: 1 }
const image = { x: { shape: [2, 2, 7, 6] } }

await describeMutants(
  {
    avgPool2d: { inputs: image, op: (x) => avgPool2d(x, overlap), reference: reference(overlap) },
    avgPool2dTiling: {
      inputs: { x: { shape: [1, 2, 26, 34] } },
      op: (x) => avgPool2d(x, { kernel: 2 }),
      reference: reference({ kernel: 2 }),
    },
    globalAvgPool: { inputs: image, op: (x) => globalAvgPool(x), reference: plainGlobal },
  },
  [
    ["avgPool2d", "avg_pool2d", "+ params.kernel - params.padding", "+ params.kernel", "window grows at the edge"],
    ["avgPool2d", "avg_pool2d_backward_input", "sum / f32(params.kernel * params.kernel)", "sum", "divisor forgotten"],
    ["avgPool2d", "avg_pool2d_backward_input", "/ params.stride + 1u", "/ params.stride", "one window too many"],
    ["avgPool2dTiling", "avg_pool2d_tiling", "sum / f32(K * K)", "sum", "divisor forgotten"],
    ["avgPool2dTiling", "avg_pool2d_tiling", "sum += given", "sum = given", "missing accumulation"],
    ["avgPool2dTiling", "avg_pool2d_tiling", "window] / f32(K * K)", "window]", "divisor forgotten going back"],
    ["avgPool2dTiling", "avg_pool2d_tiling", "next_i + select(0u, 1u, over)", "next_i", "a row of windows twice"],
    ["globalAvgPool", "global_avg_pool", "var pixel = 0u", "var pixel = 1u", "a pixel left out"],
    ["globalAvgPool", "global_avg_pool_backward_input", " / f32(params.pixels)", "", "divisor forgotten"],
  ],
)
