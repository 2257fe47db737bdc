import { describe, expect, it } from "vitest"
import { gradcheck, type Plain, plain } from "../../../bench/reference/gradcheck.ts"
import { Conv2d, type Conv2dOptions, conv2d } from "../../../src/layers/conv2d/conv2d.ts"
import { openForTests } from "../../support/open.ts"

const gpu = await openForTests()

/** The formula of the layer's head, word for word, in float64. */
function reference({ stride = 1, padding = 0 }: Conv2dOptions) {
  return (x: Plain, w: Plain, b?: Plain): Plain => {
    const [N, C, H, W] = x.shape
    const [O, , KH, KW] = w.shape
    const OH = Math.floor((H + 2 * padding - KH) / stride) + 1
    const OW = Math.floor((W + 2 * padding - KW) / stride) + 1
    const y = plain([N, O, OH, OW])
    let at = 0
    for (let n = 0; n < N; n++)
      for (let o = 0; o < O; o++)
        for (let i = 0; i < OH; i++)
          for (let j = 0; j < OW; j++, at++) {
            let sum = b ? b.data[o] : 0
            for (let c = 0; c < C; c++)
              for (let p = 0; p < KH; p++)
                for (let q = 0; q < KW; q++) {
                  const r = i * stride + p - padding
                  const s = j * stride + q - padding
                  if (r < 0 || r >= H || s < 0 || s >= W) continue
                  sum += w.data[((o * C + c) * KH + p) * KW + q] * x.data[((n * C + c) * H + r) * W + s]
                }
            y.data[at] = sum
          }
    return y
  }
}

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
  ])("gradients of x $x, w $w, $options", async ({ x, w, options }) => {
    const terms = w[1] * w[2] * w[3] + x[0] * x[2] * x[3]
    await gradcheck(gpu, {
      name: "conv2d",
      inputs: { x: { shape: x }, w: { shape: w }, b: { shape: [w[0]] } },
      op: (x, w, b) => conv2d(x, w, b, options),
      reference: reference(options),
      terms,
    })
    await gradcheck(gpu, {
      name: "conv2d without bias",
      inputs: { x: { shape: x }, w: { shape: w } },
      op: (x, w) => conv2d(x, w, null, options),
      reference: reference(options),
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
  ] as const)("refuses as a layer: $what", ({ args: [inChannels, outChannels, options], what }) => {
    expect(() => new Conv2d(inChannels, outChannels, { kernel: 3, ...options })).toThrow(`Conv2d: ${what}`)
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
