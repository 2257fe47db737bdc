import { describe, expect, it } from "vitest"
import { draw, gradcheck } from "../../bench/reference/gradcheck.ts"
import { elementwise, matmul as plainMatmul } from "../../bench/reference/references.ts"
import { add } from "../../src/layers/add.ts"
import { Dense } from "../../src/layers/matmul/dense.ts"
import { matmul } from "../../src/layers/matmul/matmul.ts"
import { mul } from "../../src/layers/mul.ts"
import { relu } from "../../src/layers/relu.ts"
import { reshape } from "../../src/layers/reshape.ts"
import { sigmoid } from "../../src/layers/sigmoid.ts"
import { sum } from "../../src/layers/sum.ts"
import { op } from "../../src/tensor/tape.ts"
import type { Tensor } from "../../src/tensor/tensor.ts"
import { openForTests } from "../support/open.ts"
import { checkStart, checkUsedTwice } from "./tape_check.ts"

const gpu = await openForTests()
const values = async (tensor: { read(): Promise<Float32Array> } | undefined) => [...(await tensor!.read())]

describe("the tape", () => {
  it("adds up the gradients of a value used twice, by different ops and on paths of different length", async () => {
    const f = elementwise((x, h) => h * (1 / (1 + Math.exp(-h))) + x)
    await gradcheck(gpu, {
      name: "fan-out",
      inputs: { x: { shape: [4, 4] }, w: { shape: [4, 4] } },
      op: (x, w) => {
        const h = matmul(x, w)
        return add(mul(h, sigmoid(h)), x)
      },
      reference: (x, w) => f(x, plainMatmul(x, w)),
      terms: 8,
    })
  })

  it("goes through a chain of diamonds in linear time", async () => {
    const run = (depth: number) => {
      const x = gpu.tensor([1], [1])
      let y = x
      for (let i = 0; i < depth; i++) y = mul(add(y, y), gpu.tensor([1], [0.5], { requiresGrad: false }))
      const before = gpu.counters.dispatches
      y.backward()
      return { x, dispatches: gpu.counters.dispatches - before }
    }
    const { x, dispatches } = run(200)
    // Two paths a diamond, as through a residual block: 2^200 of them. Each diamond is one mul, and
    // one add for the two gradients of y.
    expect(dispatches).toBe(2 * 200)
    expect(await values(x.grad)).toEqual([1])
    gpu.endStep()
  })

  it("sums the gradients of a value used by several branches in one order, the last branch first", async () => {
    const run = async (factors: number[]) => {
      const x = gpu.tensor([1], [1])
      const times = (k: number) => mul(x, gpu.tensor([1], [k], { requiresGrad: false }))
      factors.map(times).reduce((a, b) => add(a, b)).backward() // biome-ignore format: a chain
      const [gradient] = await values(x.grad)
      gpu.endStep()
      return gradient
    }
    // In float32 the sum of these is 0, 1, 3 or 4: it depends on the order.
    expect(await run([3, -1e8, 1e8, 1])).toBe(3)
    expect(await run([1, -1e8, 1e8, 3])).toBe(1)
    expect(await run([-1e8, 1, 3, 1e8])).toBe(0)
    expect(await run([1, 3, 1e8, -1e8])).toBe(4)
  })

  it("takes deep networks without recursion", async () => {
    const x = gpu.tensor([1], [1])
    let y = x
    for (let i = 0; i < 20_000; i++) y = reshape(y, [1])
    y.backward()
    expect(await values(x.grad)).toEqual([1])
    gpu.endStep()
  })

  it("adds a second backward to the first, for leaves and for parameters", async () => {
    const layer = new Dense(2, 1, { bias: false }).to(gpu)
    const [weight] = layer.parameters()
    const x = gpu.tensor([1, 2], [3, 4])
    gpu.write(weight.slice, Float32Array.of(5, 6))
    sum(layer.forward(x)).backward()
    expect(await values(weight.grad)).toEqual([3, 4])
    sum(layer.forward(x)).backward()
    expect(await values(weight.grad)).toEqual([6, 8])
    expect(await values(x.grad)).toEqual([10, 12])
    gpu.endStep()
    sum(layer.forward(gpu.tensor([1, 2], [1, 1]))).backward()
    expect(await values(weight.grad)).toEqual([1, 1])
    gpu.endStep()
  })

  it("starts from 1 where no cotangent is given", async () => {
    await checkStart(gpu)
  })

  it("adds up what a parameter gets from two uses, in its place in the pack", async () => {
    await checkUsedTwice(gpu)
  })

  it("does not hand one buffer to two inputs that both go on adding to it", async () => {
    const [a, b] = [gpu.tensor([2], [1, 2]), gpu.tensor([2], [3, 4])]
    const y = add(a, b)
    const [dy, more] = [gpu.tensor([2], [1, 1]), gpu.tensor([2], [10, 10])]
    y.backward(dy)
    mul(a, more).backward(dy)
    expect(await values(a.grad)).toEqual([11, 11])
    expect(await values(b.grad)).toEqual([1, 1])
    expect(await values(dy)).toEqual([1, 1])
    gpu.endStep()
  })

  it("computes no gradient that nothing requires", () => {
    const x = gpu.tensor([2, 2], [1, 2, 3, 4], { requiresGrad: false })
    const w = gpu.tensor([2, 2], [1, 2, 3, 4])
    const dispatches = (body: () => void) => {
      const before = gpu.counters.dispatches
      body()
      return gpu.counters.dispatches - before
    }
    const y = matmul(relu(x), w)
    expect(dispatches(() => y.backward(x))).toBe(1)
    expect(x.grad).toBeUndefined()
    expect(() => relu(x).backward(x)).toThrow("nothing that tensor [2,2] was made from requires a gradient")
    gpu.endStep()
  })

  it("notes nothing within noGrad, also after an error there", () => {
    const x = gpu.tensor([1], [1])
    const y = gpu.noGrad(() => relu(x))
    expect(y.requiresGrad).toBe(false)
    expect(y.node).toBeUndefined()
    expect(() =>
      gpu.noGrad(() => {
        throw new Error("inside")
      }),
    ).toThrow("inside")
    expect(relu(x).requiresGrad).toBe(true)
    gpu.endStep()
  })

  it("refuses a tensor after its step and says which step that was", async () => {
    const x = gpu.tensor([2], [1, 2])
    const y = relu(x)
    const step = gpu.step
    gpu.endStep()
    expect(() => relu(x)).toThrow(`tensor [2] was made in step ${step} and ended with it; it is step ${step + 1} now`)
    await expect(y.read()).rejects.toThrow(`relu [2] was made in step ${step}`)
    expect(() => sum(y)).toThrow(`relu [2] was made in step ${step}`)
  })

  it("asks for a cotangent where the output is no single number, and one that fits", () => {
    const x = gpu.tensor([2], [1, 2])
    expect(() => relu(x).backward()).toThrow("relu [2] is no single number")
    expect(() => relu(x).backward(gpu.tensor([3], [1, 2, 3]))).toThrow("backward: dy is [3], relu [2] wants [2]")
    const y = relu(gpu.tensor([2, 3], draw([2, 3], 1)))
    for (const shape of [[3, 2], [6], [2, 3, 1]]) {
      expect(() => y.backward(gpu.ones(shape))).toThrow(`backward: dy is [${shape}], relu [2,3] wants [2,3]`)
    }
    expect(() => sum(y).backward(gpu.ones([1]))).toThrow("backward: dy is [1], sum [] wants []")
    gpu.endStep()
  })

  it("refuses an op without one of its halves, by name, when it is defined", () => {
    const forward = (x: Tensor) => x
    expect(() => op("bent", { forward } as never)).toThrow('op "bent": backward is undefined; expected op(name, {')
    expect(() => op("bent", { backward: forward } as never)).toThrow('op "bent": forward is undefined; expected')
  })

  it("takes a persistent tensor that requires a gradient through several steps", async () => {
    const w = gpu.persistent([2], [1, 2])
    w.requiresGrad = true
    for (const scale of [3, 4]) {
      sum(mul(w, gpu.tensor([2], [scale, scale], { requiresGrad: false }))).backward()
      expect(await values(w.grad)).toEqual([scale, scale])
      gpu.endStep()
    }
  })
})

it("gradcheck draws no value near a kink that it is told of", async () => {
  // The first value that would be drawn, where max(x - kink, 0) has no derivative.
  const [kink] = draw([5], 1)
  const minus = (x: Tensor) => x.gpu.tensor(x.shape, new Float32Array(x.size).fill(-kink), { requiresGrad: false })
  const test = {
    name: "hinge",
    inputs: { x: { shape: [5] } },
    op: (x: Tensor) => relu(add(x, minus(x))),
    reference: elementwise((x) => Math.max(x - kink, 0)),
    terms: 1,
  }
  await expect(gradcheck(gpu, test)).rejects.toThrow("hinge: dx[0] is 0, the float64 reference says")
  await gradcheck(gpu, { ...test, kinks: [kink] })
})
