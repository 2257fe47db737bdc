import { describe, expect, it } from "vitest"
import { checkConv2d, checkPlanned, GPU, sizesOf, tiledAdapter } from "../../../bench/reference/conv2d_check.ts"
import { draw } from "../../../bench/reference/gradcheck.ts"
import { planOf } from "../../../src/layers/conv2d/choose.ts"
import { weightDepthwise } from "../../../src/layers/conv2d/depthwise.ts"
import { runForward } from "../../../src/layers/conv2d/forward.ts"
import { Purpose, Random } from "../../../src/tensor/random.ts"
import { sizeOf } from "../../../src/tensor/tensor.ts"
import type { TensorGpu } from "../../../src/tensor/tensor_gpu.ts"
import { openForTests } from "../../support/open.ts"

const gpu = await openForTests()
const asWritten = await openForTests()
asWritten.unrolling = false

describe.runIf(gpu.adapter.subgroupSize)("conv2d by tiles", () => {
  it.each([
    { x: [2, 1, 12, 12], o: 16, k: 3, stride: 1, padding: 1 },
    { x: [3, 8, 8, 8], o: 12, k: 3, stride: 1, padding: 1 },
    { x: [5, 9, 4, 4], o: 8, k: 3, stride: 1, padding: 1 },
    { x: [2, 10, 9, 7], o: 17, k: 3, stride: 1, padding: 0 },
    { x: [1, 13, 6, 11], o: 9, k: 3, stride: 1, padding: 2 },
    { x: [2, 1, 17, 13], o: 8, k: 3, stride: 2, padding: 1 },
    { x: [2, 8, 12, 10], o: 10, k: 3, stride: 2, padding: 0 },
    { x: [2, 9, 7, 9], o: 8, k: 1, stride: 1, padding: 0 },
    { x: [2, 8, 9, 9], o: 8, k: 5, stride: 1, padding: 2 },
    { x: [1, 1, 19, 16], o: 8, k: 5, stride: 2, padding: 2 },
    { x: [2, 3, 11, 9], o: 13, k: 3, stride: 1, padding: 1 },
    { x: [3, 2, 9, 13], o: 2, k: 3, stride: 2, padding: 2 },
    { x: [2, 9, 7, 48], o: 17, k: 3, stride: 1, padding: 1 },
    { x: [1, 8, 9, 44], o: 8, k: 5, stride: 1, padding: 2 },
  ])("agrees with float64: x $x, $o channels, kernel $k, stride $stride, padding $padding", async (shape) => {
    const { x, o, k, stride, padding } = shape
    const kernels = await checkPlanned(gpu, sizesOf(x, o, k, stride, padding), true)
    expect(kernels[0]).toMatch(/^conv2d_/)
  })

  it("agrees with float64 on random shapes, whichever kernels they get", async () => {
    const random = new Random(7, Purpose.test)
    const among = (...values: number[]) => values[random.integer(values.length)]
    const seen = new Set<string>()
    for (let k = 0; k < 60; k++) {
      const x = [
        1 + random.integer(4),
        among(1, 2, 3, 1 + random.integer(20)),
        4 + random.integer(14),
        4 + random.integer(14),
      ]
      const groups = among(1, 1, 1, x[1])
      const o = groups > 1 ? x[1] * among(1, 2) : 1 + random.integer(35)
      const more = { groups, dilation: among(1, 1, 1, 2) }
      const sizes = sizesOf(x, o, among(1, 3, 3), among(1, 1, 2, 3), random.integer(3), undefined, more)
      for (const kernel of await checkPlanned(gpu, sizes, random.integer(2) === 1)) seen.add(kernel)
    }
    expect([...seen].sort()).toEqual([
      "conv2d",
      "conv2d_backward_input",
      "conv2d_backward_input_depthwise",
      "conv2d_backward_weight",
      "conv2d_backward_weight_depthwise",
      "conv2d_backward_weight_few",
      "conv2d_backward_weight_tile",
      "conv2d_depthwise",
      "conv2d_tile",
      "conv2d_tile_few",
    ])
  })

  it.each([1, 9])("computes the same from the unrolled text as from the file, %i channels", async (c) => {
    const sizes = sizesOf([2, c, 9, 11], 10, 3, 1, 1)
    const plan = planOf("forward", tiledAdapter(gpu), { sizes })!
    const weights = planOf("weight", tiledAdapter(gpu), { sizes })!
    const compute = async (on: TensorGpu) => {
      const drawn = (...shape: number[]) => on.tensor(shape, draw(shape, 1))
      const [x, w, dy] = [drawn(2, c, 9, 11), drawn(10, c, 3, 3), drawn(2, 10, 9, 11)]
      const [y, part] = [on.empty(dy.shape), on.empty([weights.params.splits, sizeOf(w.shape) + sizes.o])]
      runForward(plan, { x, w, y })
      on.runPlan(weights, { x, dy, won: dy, part })
      return [await y.read(), await part.read()]
    }
    expect(await compute(gpu)).toEqual(await compute(asWritten))
  })
})

describe.each([{ kind: "software", subgroupSize: 0 }, GPU] as const)("conv2d with a group per channel: $kind", (on) => {
  const groups = 5
  const planned = (x: number[], o: number, k: number, stride: number, padding: number, more = { groups }) =>
    checkPlanned(gpu, sizesOf(x, o, k, stride, padding, undefined, more), true, undefined, on)

  it.each([
    { x: [2, 5, 9, 11], k: 3, stride: 1, padding: 1 },
    { x: [3, 5, 8, 8], k: 3, stride: 2, padding: 1 },
    { x: [2, 5, 9, 7], k: 3, stride: 2, padding: 0 },
    { x: [2, 5, 1, 2], k: 3, stride: 2, padding: 1 },
    { x: [1, 5, 7, 6], k: 5, stride: 1, padding: 2 },
    { x: [2, 5, 10, 13], k: 5, stride: 2, padding: 4 },
    { x: [1, 5, 9, 8], k: 7, stride: 2, padding: 3 },
    { x: [2, 5, 6, 5], k: 2, stride: 2, padding: 1 },
    { x: [1, 5, 5, 6], k: 1, stride: 2, padding: 2 },
    { x: [1, 5, 5, 9], k: 1, stride: 1, padding: 0 },
  ])("agrees with float64: x $x, kernel $k, stride $stride, padding $padding", async ({ x, k, stride, padding }) => {
    expect(await planned(x, groups, k, stride, padding)).toEqual([
      "conv2d_depthwise",
      "conv2d_backward_input_depthwise",
      "conv2d_backward_weight_depthwise",
    ])
  })

  it("has more parts of dw than a workgroup walks over tiles", async () => {
    const sizes = sizesOf([3, 5, 33, 30], groups, 3, 1, 1, undefined, { groups })
    const weight = weightDepthwise(sizes, on, 4)!
    expect(weight.parts).toBe(4)
    await checkConv2d(gpu, sizes, true, { weight })
  })

  it.each([
    { what: "two output channels per group", channels: [5, 10], k: 3, stride: 1, more: { groups } },
    { what: "two channels per group", channels: [10, 10], k: 3, stride: 1, more: { groups } },
    { what: "stride 3", channels: [5, 5], k: 3, stride: 3, more: { groups } },
    { what: "a window of 9", channels: [5, 5], k: 9, stride: 1, more: { groups } },
    { what: "dilation", channels: [5, 5], k: 3, stride: 1, more: { groups, dilation: 2 } },
  ])("leaves $what to the plain kernels", async ({ channels: [c, o], k, stride, more }) => {
    expect(await planned([1, c, 9, 8], o, k, stride, k >> 1, more)).toEqual([
      "conv2d",
      "conv2d_backward_input",
      "conv2d_backward_weight",
    ])
  })
})

describe("the choice of tiles", () => {
  const choose = (subgroupSize: number, plane: number, { c = 24, o = 24, k = 3, stride = 1 } = {}) => {
    const sizes = sizesOf([2, c, plane, plane], o, k, stride, k >> 1)
    const { kernel, consts } = planOf("forward", { kind: "software", subgroupSize }, { sizes, bias: true })!
    return `${kernel} ${consts.TI}x${consts.TJ} ${consts.HALO}`
  }

  it.each([4, 8])("takes what hands pixels on, so that planes of a network share a pipeline, %i lanes", (lanes) => {
    for (const plane of [10, 20]) expect(choose(lanes, plane)).toBe("conv2d_tile 5x5 1")
    for (const plane of [8, 12, 16, 48]) expect(choose(lanes, plane)).toBe("conv2d_tile 4x4 1")
    for (const plane of [11, 23]) expect(choose(lanes, plane)).toBe("conv2d_tile 4x4 0")
    expect(choose(lanes, 40, { stride: 2 })).toBe("conv2d_tile 4x4 0")
  })

  it("writes out less where that takes long to compile", () => {
    const first = { c: 1, k: 5, stride: 2 }
    expect(choose(4, 80, first)).toBe("conv2d_tile_few 4x4 0")
    expect(choose(8, 80, first)).toBe("conv2d_tile_few 2x4 0")
    expect(choose(8, 64, { c: 1 })).toBe("conv2d_tile_few 4x4 0")
  })
})
