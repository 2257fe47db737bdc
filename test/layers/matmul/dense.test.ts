import { describe, expect, it } from "vitest"
import { gradcheck } from "../../../bench/reference/gradcheck.ts"
import { dense as reference } from "../../../bench/reference/references.ts"
import { Dense, dense } from "../../../src/layers/matmul/dense.ts"
import { openForTests } from "../../support/open.ts"

const gpu = await openForTests()

describe("dense", () => {
  it.each([
    { N: 3, F: 5, O: 4 },
    { N: 1, F: 8, O: 1 },
    { N: 7, F: 131, O: 3 },
    { N: 2, F: 3, O: 67 },
  ])("gradients of $N rows, $F features, $O outputs", async ({ N, F, O }) => {
    const inputs = { x: { shape: [N, F] }, w: { shape: [O, F] } }
    const terms = F + O + N
    await gradcheck(gpu, {
      name: "dense",
      inputs: { ...inputs, b: { shape: [O] } },
      op: (x, w, b) => dense(x, w, b),
      reference,
      terms,
    })
    await gradcheck(gpu, { name: "dense without bias", inputs, op: (x, w) => dense(x, w), reference, terms })
  })

  it("computes no gradient that nothing asks for", async () => {
    const tensor = (shape: number[], requiresGrad: boolean) =>
      gpu.tensor(shape, new Float32Array(shape[0] * shape[1]).fill(1), { requiresGrad })
    const [x, w] = [tensor([2, 3], false), tensor([4, 3], true)]
    const y = dense(x, w)
    const dy = tensor([2, 4], false)
    const before = gpu.counters.dispatches
    y.backward(dy)
    expect(gpu.counters.dispatches - before).toBe(1)
    expect(x.grad).toBeUndefined()
    expect([...(await w.grad!.read())]).toEqual(new Array(12).fill(2))
  })

  it("refuses wrong shapes and names both sides", () => {
    const tensor = (...shape: number[]) => gpu.tensor(shape, new Float32Array(shape.reduce((a, b) => a * b)))
    expect(() => dense(tensor(2, 3), tensor(4, 5))).toThrow("dense: x has 3 features [2,3], w expects 5 [4,5]")
    expect(() => dense(tensor(2, 3, 1), tensor(4, 3))).toThrow("dense: x is [2,3,1], expected 2 dimensions")
    expect(() => dense(tensor(2, 3), tensor(4, 3), tensor(3))).toThrow("dense: b is [3], w [4,3] wants [4]")
    expect(() => new Dense(3, 2).outputShape([1, 4])).toThrow("expects [N,3]")
  })

  it("has PyTorch's parameters as a layer", () => {
    const layer = new Dense(5, 3).to(gpu)
    expect([...layer.stateDict()].map(([name, { shape }]) => [name, shape])).toEqual([
      ["weight", [3, 5]],
      ["bias", [3]],
    ])
    expect(layer.outputShape([2, 5])).toEqual([2, 3])
    expect(layer.multiplyAdds([2, 5])).toBe(30)
  })
})
