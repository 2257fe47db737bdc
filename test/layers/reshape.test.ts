import { describe, expect, it } from "vitest"
import { gradcheck, plain } from "../../bench/reference/gradcheck.ts"
import { elementwise } from "../../bench/reference/references.ts"
import { flatten } from "../../src/layers/flatten.ts"
import { reshape } from "../../src/layers/reshape.ts"
import { sigmoid } from "../../src/layers/sigmoid.ts"
import { openForTests } from "../support/open.ts"

const gpu = await openForTests()

describe("reshape and flatten", () => {
  it("gradients, also of a value used in both shapes", async () => {
    const half = elementwise((x) => 1 / (1 + Math.exp(-x)))
    const inputs = { x: { shape: [2, 3, 1, 5] } }
    const op = (shape: number[]) => ({
      inputs,
      reference: (x: Parameters<typeof half>[0]) => plain(shape, half(x).data),
    })
    await gradcheck(gpu, { name: "flatten", ...op([2, 15]), op: (x) => sigmoid(flatten(x)), terms: 1 })
    await gradcheck(gpu, { name: "reshape", ...op([6, 5]), op: (x) => reshape(sigmoid(x), [6, 5]), terms: 1 })
  })

  it("copies nothing, and refuses a shape of another size", () => {
    const x = gpu.tensor([2, 3], [1, 2, 3, 4, 5, 6])
    const before = gpu.counters.dispatches
    expect(reshape(x, [3, 2]).slice).toBe(x.slice)
    expect(gpu.counters.dispatches).toBe(before)
    expect(flatten(gpu.tensor([4], [1, 2, 3, 4])).shape).toEqual([4, 1])
    expect(() => reshape(x, [4, 2])).toThrow("reshape: x is [2,3], 6 numbers, which [4,2] does not hold")
    expect(() => reshape(x, [-2, -3])).toThrow("[-2,-3]")
  })
})
