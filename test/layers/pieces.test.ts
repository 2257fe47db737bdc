/** Long convolutions in pieces: to the same numbers as at once. */
import { describe, expect, it } from "vitest"
import { sizesOf, tiledAdapter } from "../../bench/reference/conv2d_check.ts"
import { draw } from "../../bench/reference/gradcheck.ts"
import { conv2d } from "../../src/index.ts"
import { runInParts } from "../../src/layers/conv2d/dispatch.ts"
import { forwardGemm, inputGemm, weightGemm } from "../../src/layers/conv2d/gemm.ts"
import { planBackwardInput, planBackwardWeight, planForward } from "../../src/layers/conv2d/kernels.ts"
import * as pooled from "../../src/layers/conv2d/pooled_kernels.ts"
import type { Conv2dSizes, Plan } from "../../src/layers/conv2d/tiles.ts"
import { planTiles, runTiles } from "../../src/layers/matmul/tiles.ts"
import { overImages, stretches } from "../../src/layers/pieces.ts"
import type { Tensor } from "../../src/tensor/tensor.ts"
import { openForTests } from "../support/open.ts"

const gpu = await openForTests()
const adapter = tiledAdapter(gpu)
const drawn = (shape: readonly number[], seed: number) => gpu.tensor(shape, draw(shape, seed), { requiresGrad: false })
const bits = (numbers: Float32Array) => [...new Uint32Array(numbers.buffer, numbers.byteOffset, numbers.length)]

/** A convolution with images of 16 floats, four of which begin at a multiple of 256 bytes, and one of three channels. */
const SMALL = sizesOf([11, 4, 4, 4], 4, 3, 1, 1)
const FEW = sizesOf([9, 1, 8, 8], 16, 3, 1, 1)

/** Each kernel for each pass, of tensors with a row an image first, and what else it is given. */
const forwards: [string, Conv2dSizes, (sizes: Conv2dSizes) => Plan | undefined][] = [
  ["plain", SMALL, (sizes) => planForward({ kind: "software", subgroupSize: 0 }, sizes, { bias: true })],
  ["tiles", SMALL, (sizes) => planForward(adapter, sizes, { bias: true })],
  ["tiles for few channels", FEW, (sizes) => planForward(adapter, sizes, { bias: true })],
  ["blocks", SMALL, (sizes) => forwardGemm(sizes, { bias: true })],
]

describe("images of a batch, some at a time", () => {
  /** In one go, and in as many pieces as there can be. */
  async function bothWays(
    sizes: Conv2dSizes,
    [given, made]: [Tensor, Tensor[]],
    planOf: (sizes: Conv2dSizes) => Plan,
    run: (tensors: readonly Tensor[], plan: Plan) => void,
  ) {
    run([given, ...made], planOf(sizes))
    const whole = await Promise.all(made.map((tensor) => tensor.read()))
    for (const tensor of made) gpu.run("fill", { y: tensor }, { n: tensor.size, value: 99 }, [tensor.size])
    const before = gpu.counters.dispatches
    // So large that each piece is as small as it can be.
    const large = { ...sizes, kh: 1e9 }
    overImages(large, [given, ...made], (some) => planOf({ ...sizes, n: some.n }), run)
    const count = gpu.counters.dispatches - before
    const cut = await Promise.all(made.map((tensor) => tensor.read()))
    gpu.endStep()
    for (const [i, numbers] of whole.entries()) expect(bits(cut[i])).toEqual(bits(numbers))
    expect(count).toBe(Math.ceil(sizes.n / Math.max(given.rowStep, ...made.map(({ rowStep }) => rowStep))))
    expect(count).toBeGreaterThan(1)
  }

  it.each(forwards)("forward: %s", async (name, sizes, planOf) => {
    if (name.startsWith("tiles") && !gpu.adapter.subgroupSize) return
    const { n, c, h, w, o, oh, ow, kh, kw } = sizes
    const [weights, b] = [drawn([o, c, kh, kw], 2), drawn([o], 3)]
    const run = ([x, y]: readonly Tensor[], { kernel, params, threads, consts }: Plan) =>
      gpu.run(kernel, { x, w: weights, b, y }, params, threads, consts)
    await bothWays(sizes, [drawn([n, c, h, w], 1), [gpu.empty([n, o, oh, ow])]], (some) => planOf(some)!, run)
  })

  it.each<[string, (sizes: Conv2dSizes) => Plan | undefined]>([
    ["plain", (sizes) => planBackwardInput({ kind: "software", subgroupSize: 0 }, sizes)],
    ["tiles", (sizes) => planBackwardInput(adapter, sizes)],
    ["blocks", inputGemm],
  ])("gradient of the input: %s", async (name, planOf) => {
    if (name === "tiles" && !gpu.adapter.subgroupSize) return
    const { n, c, h, w, o, oh, ow, kh, kw } = SMALL
    const weights = drawn([o, c, kh, kw], 2)
    const run = ([dy, dx]: readonly Tensor[], { kernel, params, threads, consts }: Plan) => {
      const tensors: Record<string, Tensor> =
        kernel === "conv2d_tile" ? { x: dy, w: weights, b: weights, y: dx } : { w: weights, dy, dx }
      gpu.run(kernel, tensors, params, threads, consts)
    }
    await bothWays(SMALL, [drawn([n, o, oh, ow], 1), [gpu.empty([n, c, h, w])]], (some) => planOf(some)!, run)
  })

  it.runIf(gpu.adapter.subgroupSize)("with ReLU and pooling", async () => {
    const sizes = sizesOf([11, 4, 8, 8], 4, 3, 1, 1)
    const { n, c, h, w, o, oh, ow, kh, kw } = sizes
    const [weights, b] = [drawn([o, c, kh, kw], 2), drawn([o], 3)]
    const [y, won] = [1, 2].map(() => gpu.empty([n, o, oh >> 1, ow >> 1]))
    const run = ([x, y, won]: readonly Tensor[], { kernel, params, threads, consts }: Plan) =>
      gpu.run(kernel, { x, w: weights, b, y, won }, params, threads, consts)
    await bothWays(sizes, [drawn([n, c, h, w], 1), [y, won]], (some) => pooled.planForward(adapter, some, true)!, run)
  })
})

describe("gradients of the weights, some parts at a time", () => {
  const tiles = gpu.adapter.subgroupSize ? [SMALL, FEW].map((sizes) => planBackwardWeight(adapter, sizes)) : []
  it.each([...tiles, weightGemm(SMALL, undefined, 5)!].map((plan) => [plan.kernel, plan] as const))(
    "%s",
    async (_, plan) => {
      const sizes = plan.params.c === 1 ? FEW : SMALL
      const { n, c, h, w, o, oh, ow, kh, kw } = sizes
      const given = { x: drawn([n, c, h, w], 1), dy: drawn([n, o, oh, ow], 2) }
      const results: number[][] = []
      const counts: number[] = []
      for (const some of [sizes, { ...sizes, kh: 1e9 }]) {
        const [dw, db] = [gpu.empty([o, c, kh, kw]), gpu.empty([o])]
        const before = gpu.counters.dispatches
        runInParts(plan, given, some, { dw, db })
        counts.push(gpu.counters.dispatches - before)
        results.push([...bits(await dw.read()), ...bits(await db.read())])
      }
      gpu.endStep()
      expect(results[1]).toEqual(results[0])
      expect(counts).toEqual([2, plan.params.splits * (plan.threads[1] ?? 1) + 1])
      expect(plan.params.splits).toBeGreaterThan(2)
    },
  )
})

describe("a convolution that is long", () => {
  it("is cut where it takes SwiftShader more than a tenth of a second, by a slow kernel sooner", async () => {
    const step = (n: number, kernel: number) => {
      const [x, w] = [gpu.tensor([n, 8, 32, 32], draw([n, 8, 32, 32], 1)), gpu.tensor([16, 8, kernel, kernel], draw([16, 8, kernel, kernel], 2))] // biome-ignore format: a table
      const before = gpu.counters.dispatches
      const y = conv2d(x, w, null, { padding: (kernel - 1) / 2 })
      const forward = gpu.counters.dispatches - before
      y.backward(drawn(y.shape, 3))
      return { forward, all: gpu.counters.dispatches - before, grads: [x.grad!, w.grad!, y] }
    }
    const one = step(1, 7)
    const four = step(4, 7)
    if (gpu.adapter.kind === "software") {
      // 6.4 million multiply-adds an image, in a kernel that is to do 12 million at once.
      expect([one.forward, four.forward]).toEqual([1, 4])
      expect(four.all).toBe(4 + 4 + 3)
    }
    const [dx, dw, y] = await Promise.all(four.grads.map((tensor) => tensor.read()))
    const first = await one.grads[2].read()
    expect(bits(y.subarray(0, first.length))).toEqual(bits(first))
    expect([...dx, ...dw].every(Number.isFinite)).toBe(true)
    gpu.endStep()
  })
})

describe("a long product of matrices", () => {
  // One product is long by its k, which is split, and the other has many columns.
  it.each([
    [3, 5, 40_000, 4],
    [3, 7000, 500, 5],
  ])("[%i,%i,%i] by tiles", async (m, n, k, pieces) => {
    const plan = gpu.adapter.subgroupSize && planTiles(adapter, { m, n, k }, {})
    if (!plan) return
    const [a, b] = [drawn([m, k], 1), drawn([k, n], 2)]
    const results: number[][] = []
    const counts: number[] = []
    // What it is said to multiply decides on the pieces alone.
    for (const long of [1, pieces]) {
      const y = gpu.empty([m, n])
      const before = gpu.counters.dispatches
      runTiles(plan, { a, b, y }, false, Math.ceil(long))
      counts.push(gpu.counters.dispatches - before)
      results.push(bits(await y.read()))
    }
    gpu.endStep()
    expect(results[1]).toEqual(results[0])
    expect(counts[1] - counts[0]).toBe(pieces - 1)
  })
})

it("a number of things is cut into stretches that cover it", () => {
  expect(stretches(10, 3)).toEqual([[0, 3], [3, 3], [6, 3], [9, 1]]) // biome-ignore format: a table
  expect(stretches(2, 5)).toEqual([[0, 1], [1, 1]]) // biome-ignore format: a table
  expect(stretches(7, 1)).toEqual([[0, 7]])
})
