/** Long convolutions in pieces: to the same numbers as at once. */
import { describe, expect, it } from "vitest"
import { sizesOf, tiledAdapter } from "../../bench/reference/conv2d_check.ts"
import { draw } from "../../bench/reference/gradcheck.ts"
import type { Adapter } from "../../src/gpu/plan.ts"
import { conv2d } from "../../src/index.ts"
import { runBackwardInput } from "../../src/layers/conv2d/backward_input.ts"
import { runInParts, weightGemm } from "../../src/layers/conv2d/backward_weight.ts"
import { inPieces, planOf } from "../../src/layers/conv2d/choose.ts"
import { weightDepthwise } from "../../src/layers/conv2d/depthwise.ts"
import { runForward } from "../../src/layers/conv2d/forward.ts"
import type { Convolution, Pass } from "../../src/layers/conv2d/sizes.ts"
import { bestTiles, runTiles } from "../../src/layers/matmul/tiles.ts"
import type { Tensor } from "../../src/tensor/tensor.ts"
import { openForTests } from "../support/open.ts"

const gpu = await openForTests()
const adapter = tiledAdapter(gpu)
const drawn = (shape: readonly number[], seed: number) => gpu.tensor(shape, draw(shape, seed), { requiresGrad: false })
const NO_SUBGROUPS = "the adapter has no subgroups"
const bits = (numbers: Float32Array) => [...new Uint32Array(numbers.buffer, numbers.byteOffset, numbers.length)]

/**
 * A convolution with images of 16 floats, four of which begin at a multiple of 256 bytes, and one
 * of three channels.
 */
const SMALL = sizesOf([11, 4, 4, 4], 4, 3, 1, 1)
const DEPTHWISE = sizesOf([9, 4, 8, 8], 4, 3, 1, 1, undefined, { groups: 4 })
const FEW = sizesOf([9, 1, 8, 8], 16, 3, 1, 1)

const weightShape = ({ o, c, groups, kh, kw }: typeof SMALL) => [o, c / groups, kh, kw]

/** Adapters by the kernels that they get. */
const ADAPTERS: Record<string, Adapter> = {
  plain: { kind: "software", subgroupSize: 0 },
  tiles: adapter,
  blocks: { kind: "gpu", subgroupSize: 0 },
}

describe("images of a batch, some at a time", () => {
  /**
   * In one go, and in as many pieces as there can be.
   *
   * @param made the outputs, the last of `tensors`
   */
  async function bothWays(
    [pass, on, work]: [Pass, Adapter, Convolution],
    tensors: Tensor[],
    made: Tensor[],
    run: (plan: ReturnType<typeof inPieces>[number]["plan"], rows: readonly Tensor[]) => void,
  ) {
    const results: number[][][] = []
    const counts: number[] = []
    for (const pieces of [1, 1e9]) {
      for (const tensor of made) gpu.run("fill", { y: tensor }, { n: tensor.size, value: 99 }, [tensor.size])
      const before = gpu.counters.dispatches
      for (const { plan, rows } of inPieces(pass, on, work, tensors, pieces)) run(plan, rows)
      counts.push(gpu.counters.dispatches - before)
      results.push(await Promise.all(made.map(async (tensor) => bits(await tensor.read()))))
    }
    gpu.endStep()
    expect(results[1]).toEqual(results[0])
    expect(counts).toEqual([1, Math.ceil(work.sizes.n / Math.max(...tensors.map(({ rowStep }) => rowStep)))])
    expect(counts[1]).toBeGreaterThan(1)
  }

  it.for([
    ["plain", "conv2d", SMALL],
    ["tiles", "conv2d_tile", SMALL],
    ["tiles", "conv2d_tile_few", FEW],
    ["blocks", "conv2d_gemm", SMALL],
    ["blocks", "conv2d_depthwise", DEPTHWISE],
  ] as const)("forward: %s, %s", async ([name, kernel, sizes], { skip }) => {
    skip(name === "tiles" && !gpu.adapter.subgroupSize, NO_SUBGROUPS)
    const { n, c, h, w: width, o, oh, ow } = sizes
    const [x, y, w, b] = [drawn([n, c, h, width], 1), gpu.empty([n, o, oh, ow]), drawn(weightShape(sizes), 2), drawn([o], 3)] // biome-ignore format: a row
    expect(planOf("forward", ADAPTERS[name], { sizes, bias: true })!.kernel).toBe(kernel)
    await bothWays(["forward", ADAPTERS[name], { sizes, bias: true }], [x, y], [y], (plan, [x, y]) =>
      runForward(plan, { x, w, b, y }),
    )
  })

  it.for(Object.keys(ADAPTERS))("gradient of the input: %s", async (name, { skip }) => {
    skip(name === "tiles" && !gpu.adapter.subgroupSize, NO_SUBGROUPS)
    const { n, c, h, w: width, o, oh, ow, kh, kw } = SMALL
    const [dy, dx, w] = [drawn([n, o, oh, ow], 1), gpu.empty([n, c, h, width]), drawn([o, c, kh, kw], 2)]
    await bothWays(["input", ADAPTERS[name], { sizes: SMALL }], [dy, dx], [dx], (plan, [dy, dx]) =>
      runBackwardInput(plan, { w, dy, dx }),
    )
  })

  it.runIf(gpu.adapter.subgroupSize)("with ReLU and pooling", async () => {
    const sizes = sizesOf([11, 4, 8, 8], 4, 3, 1, 1)
    const { n, c, h, w: width, o, oh, ow, kh, kw } = sizes
    const [x, w, b] = [drawn([n, c, h, width], 1), drawn([o, c, kh, kw], 2), drawn([o], 3)]
    const [y, won] = [1, 2].map(() => gpu.empty([n, o, oh >> 1, ow >> 1]))
    const work = { sizes, bias: true, pool: true }
    await bothWays(["forward", adapter, work], [x, y, won], [y, won], (plan, [x, y, won]) =>
      runForward(plan, { x, w, b, y, won }),
    )
  })
})

describe("gradients of the weights, some parts at a time", () => {
  const tiles = gpu.adapter.subgroupSize ? [SMALL, FEW] : []
  const plans = [
    ...tiles.map((sizes) => [sizes, planOf("weight", adapter, { sizes })!] as const),
    [SMALL, weightGemm(SMALL, undefined, 5)!] as const,
    [DEPTHWISE, weightDepthwise(DEPTHWISE, ADAPTERS.plain, 4)!] as const,
  ]
  it.each(plans.map(([sizes, plan]) => [plan.kernel, sizes, plan] as const))("%s", async (_, sizes, plan) => {
    const { n, c, h, w, o, oh, ow } = sizes
    const given = { x: drawn([n, c, h, w], 1), dy: drawn([n, o, oh, ow], 2) }
    const results: number[][] = []
    const counts: number[] = []
    for (const pieces of [1, 1e9]) {
      const [dw, db] = [gpu.empty(weightShape(sizes)), gpu.empty([o])]
      const before = gpu.counters.dispatches
      runInParts(plan, given, { dw, db }, pieces)
      counts.push(gpu.counters.dispatches - before)
      results.push([...bits(await dw.read()), ...bits(await db.read())])
    }
    gpu.endStep()
    expect(results[1]).toEqual(results[0])
    expect(counts).toEqual([2, plan.params.splits * (plan.threads[1] ?? 1) + 1])
    expect(plan.params.splits).toBeGreaterThan(2)
  })
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
  it.for([
    [31, 16, 40_000, 4],
    [31, 7000, 500, 5],
  ] as const)("[%i,%i,%i] by tiles", async ([m, n, k, pieces], { skip }) => {
    skip(!gpu.adapter.subgroupSize, NO_SUBGROUPS)
    const plan = bestTiles(adapter, { m, n, k })!
    const [a, b] = [drawn([m, k], 1), drawn([k, n], 2)]
    const results: number[][] = []
    const counts: number[] = []
    for (const most of [1, pieces]) {
      const y = gpu.empty([m, n])
      const before = gpu.counters.dispatches
      runTiles(plan, { a, b, y }, false, most)
      counts.push(gpu.counters.dispatches - before)
      results.push(bits(await y.read()))
    }
    gpu.endStep()
    expect(results[1]).toEqual(results[0])
    expect(counts[1] - counts[0]).toBe(pieces - 1)
  })
})
