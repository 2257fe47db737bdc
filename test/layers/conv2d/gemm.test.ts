import { describe, expect, it } from "vitest"
import { checkConv2d, checkPlanned, GPU, sizesOf } from "../../../bench/reference/conv2d_check.ts"
import { draw } from "../../../bench/reference/gradcheck.ts"
import type { Plan } from "../../../src/gpu/plan.ts"
import { inputGemm } from "../../../src/layers/conv2d/backward_input.ts"
import { sumWide, weightGemm } from "../../../src/layers/conv2d/backward_weight.ts"
import { type Pass, planOf } from "../../../src/layers/conv2d/choose.ts"
import { forwardGemm } from "../../../src/layers/conv2d/forward.ts"
import { BLOCKS, type Block } from "../../../src/layers/matmul/gemm.ts"
import { Purpose, Random } from "../../../src/tensor/random.ts"
import type { TensorGpu } from "../../../src/tensor/tensor_gpu.ts"
import { openForTests } from "../../support/open.ts"

const gpu = await openForTests()
const asWritten = await openForTests()
asWritten.unrolling = false

const named = BLOCKS.map((block) => ({ block, name: `${block.BM}x${block.BN}` }))

describe("conv2d as a product of matrices", () => {
  // Two blocks in either direction, the second one not full.
  const checkBlock = async (block: Block, c: number) => {
    const sizes = sizesOf([2, c, 9, 9], block.BM + 3, 3, 1, 1)
    await checkConv2d(gpu, sizes, true, {
      forward: forwardGemm(sizes, { bias: true }, block),
      input: inputGemm(sizes, block),
      weight: weightGemm(sizes, block, 3),
    })
  }

  it.each(named)("agrees with float64 by blocks of $name", async ({ block }) => {
    await checkBlock(block, 5)
  })

  it("agrees with float64 where a step is longer than the sum", async () => {
    await checkBlock(BLOCKS.at(-1)!, 1)
  })

  it.each([
    { x: [2, 3, 9, 7], o: 5, kh: 3, kw: 3, stride: 1, padding: 1 },
    { x: [1, 2, 8, 9], o: 3, kh: 5, kw: 5, stride: 3, padding: 2 },
    { x: [2, 3, 11, 9], o: 4, kh: 2, kw: 4, stride: 2, padding: 0 },
    { x: [1, 2, 7, 12], o: 3, kh: 1, kw: 7, stride: 1, padding: 3 },
    { x: [2, 4, 5, 6], o: 3, kh: 1, kw: 1, stride: 2, padding: 1 },
    { x: [1, 1, 16, 17], o: 2, kh: 15, kw: 15, stride: 2, padding: 3 },
    { x: [1, 2, 3, 3], o: 3, kh: 3, kw: 3, stride: 4, padding: 5 },
  ])("agrees with float64: x $x, $o channels, window $kh x $kw, stride $stride, padding $padding", async (shape) => {
    const { x, o, kh, kw, stride, padding } = shape
    const kernels = await checkPlanned(gpu, sizesOf(x, o, kh, stride, padding, kw), true, undefined, GPU)
    expect(kernels).toEqual(["conv2d_gemm", "conv2d_backward_input_gemm", "conv2d_backward_weight_gemm"])
  })

  it("agrees with float64 on random shapes", async () => {
    const random = new Random(11, Purpose.test)
    const upTo = (most: number) => 1 + random.integer(most)
    for (let i = 0; i < 8; i++) {
      const x = [upTo(3), upTo(20), 4 + random.integer(12), 4 + random.integer(12)]
      const sizes = sizesOf(x, upTo(40), 3, upTo(3), random.integer(3), 3 - random.integer(2))
      await checkPlanned(gpu, sizes, random.integer(2) === 1, undefined, GPU)
    }
  })

  it.each([1, 2, 7, 20, 40])("adds up %i parts, of which some may be empty", async (splits) => {
    const sizes = sizesOf([2, 3, 13, 12], 5, 3, 1, 1)
    const weight = weightGemm(sizes, undefined, splits)
    await checkConv2d(gpu, sizes, true, { weight })
  })

  it("gives the same bits twice, split or not", async () => {
    const sizes = sizesOf([3, 4, 9, 9], 6, 3, 1, 1)
    const plan = weightGemm(sizes)!
    expect(plan.params.splits).toBe(2)
    const [x, dy] = [gpu.tensor([3, 4, 9, 9], draw([3, 4, 9, 9], 1)), gpu.tensor([3, 6, 9, 9], draw([3, 6, 9, 9], 2))]
    const once = async () => {
      const [part, dw, db] = [gpu.empty([2, 6 * 37]), gpu.empty([6, 4, 3, 3]), gpu.empty([6])]
      gpu.runPlan(plan, { x, dy, part })
      gpu.runPlan(sumWide({ splits: 2, dw: 6 * 36, o: 6 }), { part, dw, db })
      return dw.read()
    }
    expect(await once()).toEqual(await once())
    gpu.endStep()
  })

  it("applies relu to what it would give without", async () => {
    const sizes = sizesOf([2, 3, 7, 6], 5, 3, 1, 1)
    const [x, w, b] = [
      gpu.tensor([2, 3, 7, 6], draw([2, 3, 7, 6], 1)),
      gpu.tensor([5, 3, 3, 3], draw([5, 3, 3, 3], 2)),
      gpu.tensor([5], draw([5], 3)),
    ]
    const compute = async (relu: boolean) => {
      const y = gpu.empty([2, 5, 7, 6])
      gpu.runPlan(forwardGemm(sizes, { bias: true, relu })!, { x, w, b, y })
      return y.read()
    }
    const plain = await compute(false)
    expect(plain.some((value) => value < 0)).toBe(true)
    expect(await compute(true)).toEqual(plain.map((value) => Math.max(value, 0)))
    gpu.endStep()
  })

  it("computes the same from the unrolled text as from the file", async () => {
    const sizes = sizesOf([2, 3, 7, 6], 5, 3, 1, 1)
    const [forward, input, weight] = [forwardGemm(sizes, {})!, inputGemm(sizes)!, weightGemm(sizes)!]
    const compute = async (on: TensorGpu) => {
      const drawn = (...shape: number[]) => on.tensor(shape, draw(shape, 1))
      const [x, w, dy] = [drawn(2, 3, 7, 6), drawn(5, 3, 3, 3), drawn(2, 5, 7, 6)]
      const [y, dx, part] = [on.empty(dy.shape), on.empty(x.shape), on.empty([weight.params.splits, 5 * 28])]
      on.runPlan(forward, { x, w, b: w, y })
      on.runPlan(input, { w, dy, dx })
      on.runPlan(weight, { x, dy, part })
      return [await y.read(), await dx.read(), await part.read()]
    }
    expect(await compute(gpu)).toEqual(await compute(asWritten))
  })
})

describe("the choice of convolution kernels for a GPU", () => {
  const plan = (pass: Pass, sizes: ReturnType<typeof sizesOf>) => planOf(pass, GPU, { sizes, bias: true })!
  const planned = (sizes: ReturnType<typeof sizesOf>) =>
    (["forward", "input", "weight"] as const).map((pass) => plan(pass, sizes).kernel)

  it("is the plain ones for windows of over 15 rows or columns", () => {
    const plain = ["conv2d", "conv2d_backward_input", "conv2d_backward_weight"]
    expect(planned(sizesOf([1, 1, 20, 20], 2, 16, 1, 0, 3))).toEqual(plain)
    expect(planned(sizesOf([1, 1, 20, 20], 2, 3, 1, 0, 16))).toEqual(plain)
    expect(planned(sizesOf([1, 1, 20, 20], 2, 15, 1, 0))).not.toContain(plain[0])
  })

  it.each([
    { layer: "RefNet-S 1", x: [32, 1, 64, 64], o: 16, forward: "16x128x12", weight: "16x16x16" },
    { layer: "RefNet-S 2", x: [32, 16, 32, 32], o: 32, forward: "32x64x16", weight: "32x64x16" },
    { layer: "RefNet-S 3", x: [32, 32, 16, 16], o: 64, forward: "32x32x16", weight: "64x128x16" },
    { layer: "large", x: [64, 64, 128, 128], o: 64, forward: "64x128x16", weight: "64x128x16" },
    { layer: "wide", x: [32, 128, 64, 64], o: 256, forward: "128x128x8", weight: "128x128x8" },
  ])("has enough workgroups for a large one: $layer", ({ x, o, forward, weight }) => {
    const sizes = sizesOf(x, o, 3, 1, 1)
    const blockOf = ({ consts: { BM, BN, BK } }: Plan) => `${BM}x${BN}x${BK}`
    const groups = ({ threads, consts }: Plan) => threads[0] / Number(consts.SIZE)
    const plans = [plan("forward", sizes), plan("weight", sizes)]
    expect(plans.map(blockOf)).toEqual([forward, weight])
    for (const plan of plans) expect(groups(plan)).toBeGreaterThanOrEqual(128)
  })
})
