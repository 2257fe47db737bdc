import { describe, expect, it } from "vitest"
import { draw } from "../../../bench/reference/gradcheck.ts"
import { BLOCKS, type Block, chooseBlock, fewLongSums, invocations, planGemm } from "../../../src/layers/matmul/gemm.ts"
import { Purpose, Random } from "../../../src/tensor/random.ts"
import type { TensorGpu } from "../../../src/tensor/tensor_gpu.ts"
import { openForTests } from "../../support/open.ts"
import { checkGemm } from "./gemm_check.ts"

const gpu = await openForTests()
const asWritten = await openForTests()
asWritten.unrolling = false

const named = BLOCKS.map((block) => ({ block, name: `${block.BM}x${block.BN}` }))
const FLAGS = [false, true]
const LAYOUTS = FLAGS.flatMap((aTransposed) => FLAGS.map((bTransposed) => ({ aTransposed, bTransposed })))

describe("gemm", () => {
  // Two blocks in either direction, the second one not full, and a last step that is not.
  const sizesFor = ({ BM, BN, BK }: Block) => ({ m: BM + 3, n: BN + 5, k: 2 * BK + 3 })

  it.each(named)("agrees with float64 by blocks of $name", async ({ block }) => {
    await checkGemm(gpu, { ...sizesFor(block), ...LAYOUTS[BLOCKS.indexOf(block) % 4], bias: true }, block)
  })

  it.each(LAYOUTS)("agrees with float64 however the matrices lie: $aTransposed, $bTransposed", async (layout) => {
    for (const block of BLOCKS.slice(-2)) await checkGemm(gpu, { ...sizesFor(block), ...layout, relu: true }, block)
  })

  it.each([16, 17])("agrees with float64 with a gate, and sums of its rows, %i columns", async (n) => {
    const layout = { aTransposed: n === 17, gated: true, rows: true }
    await checkGemm(gpu, { m: 19, n, k: 35, ...layout }, BLOCKS.at(-1))
  })

  it("agrees with float64 on random shapes", async () => {
    const random = new Random(12, Purpose.test)
    const flag = () => random.integer(2) === 1
    for (let i = 0; i < 15; i++) {
      const sizes = { m: 1 + random.integer(40), n: 1 + random.integer(40), k: 1 + random.integer(40) }
      await checkGemm(gpu, { ...sizes, aTransposed: flag(), bTransposed: flag(), bias: true, relu: flag() })
    }
  })

  it("computes the same from the unrolled text as from the file", async () => {
    const { kernel, params, threads, consts } = planGemm({ m: 20, n: 19, k: 21 })
    const compute = (on: TensorGpu) => {
      const [a, b, y] = [
        on.tensor([20, 21], draw([20, 21], 1)),
        on.tensor([21, 19], draw([21, 19], 2)),
        on.empty([20, 19]),
      ]
      on.run(kernel, { a, b, bias: b, gate: a, y, rows: on.empty([1]) }, params, threads, consts)
      return y.read()
    }
    expect(await compute(gpu)).toEqual(await compute(asWritten))
  })
})

describe("blocks", () => {
  it.each(named)("of $name are what every adapter can, and what the kernels want", ({ block }) => {
    const { BM, BN, BK } = block
    const bank = 32 / BK // what a pitch adds to BM and BN
    const tables = 4 * 16 * (BK / 4) // at most four vec4u for four k
    expect((BK / 4) * (BM + bank + BN + bank) * 16 + tables).toBeLessThanOrEqual(16_384)
    expect(invocations(block)).toBeLessThanOrEqual(256)
    expect(invocations(block) % BN).toBe(0)
  })

  it("are large for large results, small where many of them are wanted", () => {
    const size = (m: number, n: number) => [chooseBlock(m, n).BM, chooseBlock(m, n).BN]
    expect(size(4096, 4096)).toEqual([128, 128])
    expect(size(64, 1 << 20)).toEqual([64, 128])
    expect(size(64, 8192)).toEqual([32, 32])
    expect(size(3, 5)).toEqual([16, 16])
  })

  it("leave a few long sums to a kernel that shares each", () => {
    expect(fewLongSums({ m: 32, n: 64, k: 4096 })).toBe(true)
    expect(fewLongSums({ m: 1024, n: 1024, k: 1024 })).toBe(false)
  })
})
