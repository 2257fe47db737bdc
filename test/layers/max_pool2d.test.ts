import { describe, expect, it } from "vitest"
import { drawDistinct, gradcheck } from "../../bench/reference/gradcheck.ts"
import { maxPool2d as reference } from "../../bench/reference/references.ts"
import { maxPool2d } from "../../src/layers/max_pool2d.ts"
import { describeMutants } from "../support/mutants.ts"
import { openForTests } from "../support/open.ts"

const gpu = await openForTests()

describe("maxPool2d", () => {
  it.each([
    { x: [2, 3, 8, 8], options: { kernel: 2 } },
    { x: [1, 2, 7, 9], options: { kernel: 2, stride: 2 } },
    { x: [1, 1, 9, 9], options: { kernel: 3, stride: 2, padding: 1 } },
    { x: [2, 1, 6, 7], options: { kernel: 3, stride: 1 } },
    { x: [1, 2, 5, 11], options: { kernel: 2, stride: 3, padding: 1 } },
    { x: [3, 1, 5, 4], options: { kernel: 4, stride: 1, padding: 2 } },
  ])("gradients of x $x, $options", async ({ x, options }) => {
    await gradcheck(gpu, {
      name: "maxPool2d",
      inputs: { x: { shape: x, data: drawDistinct(x, 1) } },
      op: (x) => maxPool2d(x, options),
      reference: reference(options),
      terms: options.kernel ** 2,
    })
  })

  it("gives the gradient of equals to the first, as PyTorch does", async () => {
    const x = gpu.tensor([1, 1, 2, 4], [0, 0, 1, 2, 0, 0, 2, 2])
    maxPool2d(x, { kernel: 2 }).backward(gpu.tensor([1, 1, 1, 2], [3, 5]))
    expect([...(await x.grad!.read())]).toEqual([3, 0, 0, 5, 0, 0, 0, 0])
  })

  it("refuses what does not fit", () => {
    const x = gpu.tensor([1, 1, 4, 4], new Float32Array(16))
    expect(() => maxPool2d(x, { kernel: 5 })).toThrow("maxPool2d: a kernel of 5 does not fit an input of 4")
    expect(() => maxPool2d(x, { kernel: 2, padding: 2 })).toThrow("padding is 2, expected at most half of the kernel")
    expect(() => maxPool2d(x, { kernel: 2, stride: 0 })).toThrow("maxPool2d: stride is 0")
    const flat = gpu.tensor([4, 4], new Float32Array(16))
    expect(() => maxPool2d(flat, { kernel: 2 })).toThrow("maxPool2d: x is [4,4], expected 4 dimensions")
  })
})

const overlap = { kernel: 3, stride: 2, padding: 1 }

await describeMutants(
  {
    maxPool2d: {
      inputs: { x: { shape: [2, 2, 7, 6], data: drawDistinct([2, 2, 7, 6], 1) } },
      op: (x) => maxPool2d(x, overlap),
      reference: reference(overlap),
    },
    maxPool2dTiling: {
      inputs: { x: { shape: [1, 2, 4, 6], data: drawDistinct([1, 2, 4, 6], 3) } },
      op: (x) => maxPool2d(x, { kernel: 2 }),
      reference: reference({ kernel: 2 }),
    },
  },
  [
    ["maxPool2d", "max_pool2d", "rank(value) > rank(best)", "value >= 0.0", "last positive instead of largest"],
    ["maxPool2d", "max_pool2d", "place = row * params.w + column;", "place = top * params.w + left;", "wrong argmax"],
    ["maxPool2d", "max_pool2d_backward_input", "argmax[window] == place", "true", "gradient to the whole window"],
    ["maxPool2d", "max_pool2d_backward_input", "sum += dy[window]", "sum = dy[window]", "overlap overwritten"],
    ["maxPool2dTiling", "max_pool2d_backward_input_tiling", "place == won", "true", "gradient to the whole window"],
  ],
)
