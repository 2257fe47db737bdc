import { afterAll, describe, expect, it } from "vitest"
import { openDevice } from "#device"
import { sizesOf } from "../../../bench/reference/conv2d_check.ts"
import { checkPooled } from "../../../bench/reference/conv2d_relu_max_pool2d_check.ts"
import { type Case, draw, gradcheck } from "../../../bench/reference/gradcheck.ts"
import * as plainly from "../../../bench/reference/references.ts"
import {
  Conv2d,
  conv2d,
  conv2dReluMaxPool2d,
  MaxPool2d,
  maxPool2d,
  ReLU,
  relu,
  Sequential,
} from "../../../src/index.ts"
import { Purpose, Random } from "../../../src/tensor/random.ts"
import type { Tensor } from "../../../src/tensor/tensor.ts"
import { TensorGpu } from "../../../src/tensor/tensor_gpu.ts"
import { openForTests } from "../../support/open.ts"

const gpu = await openForTests()
const open = await openDevice()
afterAll(() => open.release())
/** The same adapter, for which there are no kernels that do it in one pass. */
const inTwo = new TensorGpu({ ...open, info: { ...open.info, subgroups: false, subgroupSize: 0 } })
const asWritten = await openForTests()
asWritten.unrolling = false

const positive = plainly.elementwise((x) => Math.max(x, 0))
const SHAPES = [
  { x: [2, 1, 12, 12], o: 16, k: 3, stride: 1, padding: 1 },
  { x: [3, 8, 8, 8], o: 12, k: 3, stride: 1, padding: 1 },
  { x: [1, 9, 16, 16], o: 17, k: 3, stride: 1, padding: 1 },
  { x: [2, 10, 10, 8], o: 17, k: 3, stride: 1, padding: 0 },
  { x: [1, 13, 6, 12], o: 9, k: 3, stride: 1, padding: 2 },
  { x: [2, 1, 15, 19], o: 8, k: 3, stride: 2, padding: 1 },
  { x: [2, 9, 6, 8], o: 8, k: 1, stride: 1, padding: 0 },
  { x: [2, 8, 10, 8], o: 8, k: 5, stride: 1, padding: 2 },
  { x: [2, 3, 10, 14], o: 13, k: 3, stride: 1, padding: 1 },
  { x: [3, 9, 6, 28], o: 17, k: 3, stride: 1, padding: 1 },
  { x: [1, 8, 6, 44], o: 8, k: 5, stride: 1, padding: 2 },
]

describe.runIf(gpu.adapter.subgroupSize)("conv2dReluMaxPool2d by tiles", () => {
  it.each(SHAPES)(
    "agrees with float64: x $x, $o channels, kernel $k, stride $stride, padding $padding",
    async (shape) => {
      const { x, o, k, stride, padding } = shape
      const kernels = await checkPooled(gpu, sizesOf(x, o, k, stride, padding), true)
      expect(kernels[0]).toMatch(/^conv2d_tile/)
    },
  )

  it.each([
    [9, 8],
    [8, 9],
  ])("leaves %i x %i pixels to the separate ops: windows leave a row or column over", async (h, w) => {
    expect(await checkPooled(gpu, sizesOf([2, 8, h, w], 8, 3, 1, 1), true)).toEqual([])
  })

  it("agrees with float64 on random shapes, whichever kernels they get", async () => {
    const random = new Random(9, Purpose.test)
    const among = (...values: number[]) => values[random.integer(values.length)]
    const seen = new Set<string>()
    for (let k = 0; k < 36; k++) {
      const side = () => among(4, 8, 16, 32, 3 + random.integer(14))
      const x = [1 + random.integer(4), among(1, 2, 3, 1 + random.integer(20)), side(), side()]
      const sizes = sizesOf(x, 1 + random.integer(35), among(1, 3, 3), among(1, 1, 2, 3), random.integer(3))
      if (sizes.oh < 2 || sizes.ow < 2) continue
      for (const kernel of await checkPooled(gpu, sizes, random.integer(2) === 1)) seen.add(kernel)
    }
    expect([...seen].sort()).toEqual([
      "conv2d_backward_weight_few",
      "conv2d_backward_weight_tile",
      "conv2d_relu_max_pool2d_backward_input_tile",
      "conv2d_tile",
      "conv2d_tile_few",
    ])
  })

  it.each([1, 9])("computes the same from the unrolled text as from the file, %i channels", async (c) => {
    const [unrolled, written] = [await throughOp(gpu, c), await throughOp(asWritten, c)]
    expect(unrolled).toEqual(written)
  })
})

/** y, dx, dw and db, of float32 numbers that no other op has to do with. */
async function throughOp(on: TensorGpu, c: number): Promise<number[][]> {
  const [x, w, b] = [[2, c, 10, 12], [10, c, 3, 3], [10]].map((shape, i) => on.tensor(shape, draw(shape, i)))
  const y = conv2dReluMaxPool2d(x, w, b, { padding: 1 })
  y.backward(on.tensor(y.shape, draw(y.shape, 5)))
  const out = await Promise.all([y, x.grad!, w.grad!, b.grad!].map(async (tensor) => [...(await tensor.read())]))
  on.endStep()
  return out
}

describe.each([
  ["in one pass", gpu],
  ["in two", inTwo],
])("conv2dReluMaxPool2d %s", (_, on) => {
  it.each([
    { x: [2, 2, 8, 8], o: 5, k: 3, options: { padding: 1 } },
    { x: [2, 5, 7, 6], o: 4, k: 3, options: {} },
    { x: [1, 4, 9, 11], o: 3, k: 3, options: { stride: 2, padding: 1 } },
    { x: [1, 1, 5, 5], o: 1, k: 4, options: {} },
  ])("has the gradients of the three ops: x $x, $o channels, $k, $options", async ({ x, o, k, options }) => {
    const test: Case = {
      name: "conv2dReluMaxPool2d",
      inputs: { x: { shape: x }, w: { shape: [o, x[1], k, k] }, b: { shape: [o] } },
      op: (...[x, w, b]: Tensor[]) => conv2dReluMaxPool2d(x, w, b, options),
      reference: (x, w, b) => plainly.maxPool2d({ kernel: 2 })(positive(plainly.conv2d(options)(x, w, b))),
      terms: 200,
    }
    await gradcheck(on, test)
  })

  it("gives, bit for bit, what the three ops give one by one, without a bias too", async () => {
    const [x, w] = [
      [2, 6, 12, 9],
      [7, 6, 3, 3],
    ].map((shape, i) => on.tensor(shape, draw(shape, i)))
    const options = { padding: 1 }
    const one = await conv2dReluMaxPool2d(x, w, null, options).read()
    expect(one).toEqual(await maxPool2d(relu(conv2d(x, w, null, options)), { kernel: 2 }).read())
    on.endStep()
  })

  it("lets what is no number through", async () => {
    const x = on.tensor([1, 1, 8, 8], draw([1, 1, 8, 8], 1).fill(Number.NaN, 20, 21))
    const w = on.tensor([4, 1, 3, 3], draw([4, 1, 3, 3], 2))
    const y = await conv2dReluMaxPool2d(x, w, null, { padding: 1 }).read()
    expect(y.some(Number.isNaN)).toBe(true)
    on.endStep()
  })
})

describe("conv2dReluMaxPool2d", () => {
  it("stands for the three layers in a Sequential", async () => {
    const shape = [2, 1, 12, 12]
    const layers = () => [new Conv2d(1, 4, { kernel: 3 }), new ReLU(), new MaxPool2d({ kernel: 2 })]
    const model = new Sequential(...layers()).to(gpu, { seed: 1 })
    const before = gpu.counters.dispatches
    const y = model.forward(gpu.tensor(shape, draw(shape, 3)))
    expect(gpu.counters.dispatches - before).toBe(gpu.adapter.subgroupSize && gpu.adapter.kind === "software" ? 1 : 2)
    expect(y.shape).toEqual([2, 4, 5, 5])
    gpu.endStep()
  })

  it("refuses a convolution that leaves less than a window", () => {
    const [x, w] = [gpu.tensor([1, 1, 3, 5], new Float32Array(15)), gpu.tensor([1, 1, 3, 3], new Float32Array(9))]
    expect(() => conv2dReluMaxPool2d(x, w)).toThrow("gives 1x3 pixels, a window needs 2x2")
    gpu.endStep()
  })
})
