import { describe, expect, it } from "vitest"
import { gradcheck } from "../../../bench/reference/gradcheck.ts"
import * as plainly from "../../../bench/reference/references.ts"
import { Conv2d, conv2d } from "../../../src/layers/conv2d/conv2d.ts"
import { openForTests } from "../../support/open.ts"

const gpu = await openForTests()

describe("conv2d", () => {
  it.each([
    { x: [2, 3, 7, 6], w: [4, 3, 3, 3], options: { padding: 1 } },
    { x: [1, 1, 7, 5], w: [2, 1, 3, 3], options: {} },
    { x: [2, 2, 9, 7], w: [3, 2, 3, 3], options: { stride: 2, padding: 1 } },
    { x: [1, 2, 8, 9], w: [3, 2, 5, 5], options: { stride: 3, padding: 2 } },
    { x: [1, 3, 5, 6], w: [5, 3, 1, 1], options: {} },
    { x: [1, 2, 6, 8], w: [2, 2, 2, 4], options: { stride: 2 } },
    { x: [1, 4, 3, 9], w: [4, 4, 1, 7], options: {} },
    { x: [2, 1, 13, 11], w: [2, 1, 3, 3], options: { padding: 1 } },
    { x: [2, 4, 7, 6], w: [6, 2, 3, 3], options: { groups: 2, padding: 1 } },
    { x: [2, 3, 9, 7], w: [3, 1, 3, 3], options: { groups: 3, stride: 2, padding: 1 } },
    { x: [1, 2, 6, 7], w: [6, 1, 2, 4], options: { groups: 2 } },
    { x: [1, 6, 5, 4], w: [3, 2, 1, 1], options: { groups: 3, stride: 3 } },
    { x: [2, 2, 9, 8], w: [3, 2, 3, 3], options: { dilation: 2, padding: 2 } },
    { x: [1, 4, 11, 13], w: [4, 2, 3, 2], options: { groups: 2, dilation: 3, stride: 2, padding: 3 } },
  ])("gradients of x $x, w $w, $options", async ({ x, w, options }) => {
    const terms = w[1] * w[2] * w[3] + x[0] * x[2] * x[3]
    await gradcheck(gpu, {
      name: "conv2d",
      inputs: { x: { shape: x }, w: { shape: w }, b: { shape: [w[0]] } },
      op: (x, w, b) => conv2d(x, w, b, options),
      reference: plainly.conv2d(options),
      terms,
    })
    await gradcheck(gpu, {
      name: "conv2d without bias",
      inputs: { x: { shape: x }, w: { shape: w } },
      op: (x, w) => conv2d(x, w, null, options),
      reference: plainly.conv2d(options),
      terms,
    })
  })

  it("refuses wrong shapes and names both sides", () => {
    const tensor = (...shape: number[]) => gpu.tensor(shape, new Float32Array(shape.reduce((a, b) => a * b)))
    const before = gpu.counters.dispatches
    expect(() => conv2d(tensor(2, 3, 8, 8), tensor(8, 4, 3, 3))).toThrow(
      "conv2d: x has 3 channels [2,3,8,8], w expects 4 [8,4,3,3]",
    )
    expect(() => conv2d(tensor(2, 3, 8), tensor(8, 3, 3, 3))).toThrow("conv2d: x is [2,3,8], expected 4 dimensions")
    expect(() => conv2d(tensor(1, 1, 4, 4), tensor(1, 1, 5, 5))).toThrow("kernel of 5 does not fit an input of 4")
    expect(() => conv2d(tensor(1, 1, 4, 4), tensor(2, 1, 3, 3), tensor(3))).toThrow("conv2d: b is [3]")
    expect(() => conv2d(tensor(1, 1, 4, 4), tensor(2, 1, 3, 3), null, { stride: 0 })).toThrow("stride is 0")
    expect(() => conv2d(tensor(1, 1, 4, 4), tensor(2, 1, 3, 3), null, { dilation: 0 })).toThrow("dilation is 0")
    expect(() => conv2d(tensor(1, 1, 4, 4), tensor(2, 1, 3, 3), null, { dilation: 2 })).toThrow(
      "conv2d: a kernel of 3 with dilation 2 does not fit an input of 4 with padding 0",
    )
    expect(() => conv2d(tensor(2, 6, 8, 8), tensor(8, 4, 3, 3), null, { groups: 2 })).toThrow(
      "conv2d: x has 6 channels [2,6,8,8], w expects 4 in each of 2 groups [8,4,3,3]",
    )
    expect(() => conv2d(tensor(2, 6, 8, 8), tensor(8, 2, 3, 3), null, { groups: 4 })).toThrow(
      "conv2d: groups is 4, expected a number that divides 6 input and 8 output channels",
    )
    expect(gpu.counters.dispatches).toBe(before)
  })

  it.each([
    { args: [0, 8, {}], what: "inChannels is 0, expected a whole number of 1 or more" },
    { args: [3, 2.5, {}], what: "outChannels is 2.5, expected a whole number of 1 or more" },
    { args: [3, 8, { kernel: 0 }], what: "kernel is 0, expected a whole number of 1 or more" },
    { args: [3, 8, { stride: 0 }], what: "stride is 0, expected a whole number of 1 or more" },
    { args: [3, 8, { stride: Number.NaN }], what: "stride is NaN, expected a whole number of 1 or more" },
    { args: [3, 8, { padding: -1 }], what: "padding is -1, expected a whole number of 0 or more" },
    { args: [3, 8, { padding: 0.5 }], what: "padding is 0.5, expected a whole number of 0 or more" },
    { args: [3, 8, { dilation: 1.5 }], what: "dilation is 1.5, expected a whole number of 1 or more" },
    { args: [3, 8, { groups: 0 }], what: "groups is 0, expected a whole number of 1 or more" },
    { args: [3, 8, { groups: 3 }], what: "groups is 3, expected a number that divides 3 input and 8 output channels" },
  ] as const)("refuses as a layer: $what", ({ args: [inChannels, outChannels, options], what }) => {
    expect(() => new Conv2d(inChannels, outChannels, { kernel: 3, ...options })).toThrow(`Conv2d: ${what}`)
  })

  it("has a window for each input channel of its group alone, as a layer", () => {
    const layer = new Conv2d(6, 12, { kernel: 3, padding: 2, dilation: 2, groups: 6 })
    expect(layer.parameterSpecs().weight.shape).toEqual([12, 1, 3, 3])
    expect(layer.outputShape([2, 6, 8, 8])).toEqual([2, 12, 8, 8])
    expect(layer.multiplyAdds([2, 6, 8, 8])).toBe(2 * 12 * 8 * 8 * 9)
  })

  it("has PyTorch's parameters as a layer, drawn from the seed", async () => {
    const make = (seed: number) => new Conv2d(3, 8, { kernel: 3, padding: 1 }).to(gpu, { seed })
    const layer = make(1)
    expect([...layer.stateDict()].map(([name, { shape }]) => [name, shape])).toEqual([
      ["weight", [8, 3, 3, 3]],
      ["bias", [8]],
    ])
    const weights = async (module: Conv2d) => [...(await module.stateDict().get("weight")!.read())]
    const first = await weights(layer)
    expect(await weights(make(1))).toEqual(first)
    expect(await weights(make(2))).not.toEqual(first)
    const variance = first.reduce((sum, value) => sum + value * value, 0) / first.length
    expect(variance).toBeGreaterThan(0.5 * (2 / 27))
    expect(variance).toBeLessThan(1.5 * (2 / 27))
    expect(layer.outputShape([2, 3, 8, 8])).toEqual([2, 8, 8, 8])
    expect(layer.multiplyAdds([2, 3, 8, 8])).toBe(2 * 8 * 8 * 8 * 27)
  })
})
