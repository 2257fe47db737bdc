import { describe, expect, it } from "vitest"
import { compare, draw, plain } from "../../../bench/reference/gradcheck.ts"
import { dense } from "../../../src/layers/matmul/dense.ts"
import { matmul } from "../../../src/layers/matmul/matmul.ts"
import type { Product } from "../../../src/layers/matmul/product.ts"
import { bestTiles, hasProductTiles, runTiles, TILES, tilePlan } from "../../../src/layers/matmul/tiles.ts"
import { relu } from "../../../src/layers/relu.ts"
import { Purpose, Random } from "../../../src/tensor/random.ts"
import type { Tensor } from "../../../src/tensor/tensor.ts"
import type { TensorGpu } from "../../../src/tensor/tensor_gpu.ts"
import { openAsGpu, openForTests } from "../../support/open.ts"
import { checkTiles, ODD } from "./tiles_check.ts"

const gpu = await openForTests()
const asWritten = await openForTests()
asWritten.unrolling = false
const asGpu = await openAsGpu()
const { subgroupSize } = gpu.adapter
const adapter = (lanes: number, kind: "software" | "gpu" = "software") => ({ kind, subgroupSize: lanes })
const planTiles = (on: ReturnType<typeof adapter>, product: Product) =>
  hasProductTiles(on, product) ? bestTiles(on, product) : undefined

describe.runIf(subgroupSize in TILES)("products by tiles", () => {
  it.each(Object.keys(ODD))("agree with float64: %s", async (name) => {
    await checkTiles(gpu, ODD[name])
    await checkTiles(asWritten, ODD[name])
  })

  it("agree with float64 on random shapes, however the matrices lie", async () => {
    const random = new Random(11, Purpose.test)
    const either = () => random.integer(2) === 1
    for (let count = 0; count < 40; count++) {
      const [gated, rows] = [either(), either()]
      await checkTiles(gpu, {
        ...{ m: 1 + random.integer(40), n: 1 + random.integer(70), k: 1 + random.integer(90) },
        ...{ aTransposed: either(), bTransposed: either(), bias: either(), relu: either(), gated, rows },
        ...{ turned: !gated && !rows && either(), splits: 1 + random.integer(4) },
      })
    }
  })

  it("agree with float64 by the tiles that are chosen", async () => {
    const tile = TILES[subgroupSize]
    await checkTiles(gpu, { m: 33, n: 41, k: 259, bias: true, bTransposed: true, tile })
    await checkTiles(gpu, { m: 35, n: 70, k: 31, gated: true, rows: true, aTransposed: true, tile })
  })

  it("come to the same from the unrolled text as from the file", async () => {
    const plan = tilePlan({ m: 9, n: 21, k: 15, relu: true }, { TM: 8, TN: 2, TK: 2 }, { lanes: subgroupSize })!
    const compute = (on: TensorGpu) => {
      const drawn = (...shape: number[]) => on.tensor(shape, draw(shape, 1))
      const y = on.empty([9, 21])
      runTiles(plan, { a: drawn(9, 15), b: drawn(15, 21), y })
      return y.read()
    }
    expect(await compute(gpu)).toEqual(await compute(asWritten))
  })
})

describe("the choice of tiles", () => {
  const forward = (n: number, f: number, o: number) => planTiles(adapter(4), { m: n, n: o, k: f, ...FORWARD })
  const FORWARD = { bTransposed: true, bias: true, relu: true }
  const large = { m: 32, n: 64, k: 4096 }

  it("is for software adapters whose subgroups it knows, and for large products", () => {
    for (const lanes of [4, 8]) expect(planTiles(adapter(lanes), { ...large, ...FORWARD })?.kernel).toBe("matmul_tile")
    for (const lanes of [0, 16, 32]) expect(planTiles(adapter(lanes), { ...large, ...FORWARD })).toBeUndefined()
    expect(planTiles(adapter(4, "gpu"), { ...large, ...FORWARD })).toBeUndefined()
    expect(forward(32, 64, 1)).toBeUndefined()
  })

  it("leaves a product of one row to the plain kernels", () => {
    expect(forward(1, 25088, 128)).toBeUndefined()
    expect(planTiles(adapter(4), { m: 128, n: 25088, k: 1, rows: true })).toBeDefined()
  })

  it("turns a product round where that wastes less, and gate and rows allow it", () => {
    expect(forward(32, 4096, 10)).toMatchObject({ turned: true, params: { m: 10, n: 32 } })
    expect(forward(16, 4096, 32)).toMatchObject({ turned: false, params: { m: 16, n: 32 } })
    for (const options of [{ gated: true }, { rows: true }]) {
      expect(planTiles(adapter(4), { m: 32, n: 10, k: 4096, ...options })).toMatchObject({ turned: false })
    }
  })

  it("splits few long sums, in shares that cover them", () => {
    for (const f of [4096, 4097, 25088, 300]) {
      const { params, splits, consts } = forward(32, f, 64)!
      expect(params.share * splits).toBeGreaterThanOrEqual(f)
      expect(params.share * (splits - 1)).toBeLessThan(f)
      expect(consts).toMatchObject(splits > 1 ? { BIAS: 0, RELU: 0 } : { BIAS: 1, RELU: 1 })
      expect(splits > 1).toBe(f > 512)
    }
  })
})

const SHAPES = [
  { n: 3, f: 5, o: 4 },
  { n: 1, f: 8, o: 1 },
  { n: 33, f: 130, o: 67 },
  { n: 32, f: 1030, o: 17 },
  { n: 20, f: 600, o: 33 },
  { n: 2, f: 1500, o: 100 },
]

/** Throws naming the first element that is off. */
async function check(what: string, tensor: Tensor, columns: number, terms: number, f: Term): Promise<void> {
  const expected = plain([tensor.size / columns, columns])
  expected.data.forEach((_, e) => {
    for (let t = 0; t < terms; t++) expected.data[e] += f(Math.floor(e / columns), e % columns, t)
  })
  compare({ name: "product", terms }, what, await tensor.read(), expected)
}

type Term = (row: number, column: number, t: number) => number

describe("whatever kernels they get", () => {
  it.each(SHAPES)("dense agrees with float64: $n rows, $f features, $o outputs", async ({ n, f, o }) => {
    const [x, w, dy] = [draw([n, f], 1), draw([o, f], 2), draw([n, o], 3)]
    const inputs = [gpu.tensor([n, f], x), gpu.tensor([o, f], w), gpu.tensor([o], new Float32Array(o))]
    const y = dense(inputs[0], inputs[1], inputs[2])
    y.backward(gpu.tensor([n, o], dy, { requiresGrad: false }))
    const [dx, dw, db] = inputs.map(({ grad }) => grad!)
    await check("y", y, o, f, (i, j, t) => x[i * f + t] * w[j * f + t])
    await check("dx", dx, f, o, (i, j, t) => dy[i * o + t] * w[t * f + j])
    await check("dw", dw, f, n, (i, j, t) => dy[t * o + i] * x[t * f + j])
    await check("db", db, o, n, (_, j, t) => dy[t * o + j])
    gpu.endStep()
  })

  it.each(SHAPES)(
    "dense with a ReLU is dense and relu, forward bit for bit: $n rows, $f features, $o outputs",
    async (shape) => {
      const { n, f, o } = shape
      const tolerance = { name: "dense with a ReLU", terms: f + o + n, rtol: 1e-6, atol: 1e-6 }
      // The kernels for GPUs take seconds to compile on another adapter.
      for (const on of n * f * o < 100 ? [gpu, asGpu] : [gpu]) {
        const run = async (forward: (x: Tensor, w: Tensor, b: Tensor) => Tensor) => {
          const inputs = [[n, f], [o, f], [o]].map((shape, i) => on.tensor(shape, draw(shape, i + 1)))
          const y = forward(inputs[0], inputs[1], inputs[2])
          y.backward(on.tensor([n, o], draw([n, o], 9), { requiresGrad: false }))
          const all = await Promise.all([y, ...inputs.map(({ grad }) => grad!)].map((tensor) => tensor.read()))
          on.endStep()
          return all
        }
        const fused = await run((x, w, b) => dense(x, w, b, { relu: true }))
        const apart = await run((x, w, b) => relu(dense(x, w, b)))
        expect(fused[0]).toEqual(apart[0])
        ;["y", "dx", "dw", "db"].forEach((what, i) => void compare(tolerance, what, fused[i], plain([], apart[i])))
      }
    },
  )

  it.each([
    { m: 37, k: 130, n: 61 },
    { m: 20, k: 600, n: 33 },
    { m: 130, k: 33, n: 70 },
  ])("matmul agrees with float64: [$m,$k] x [$k,$n]", async ({ m, k, n }) => {
    const [a, b, dy] = [draw([m, k], 1), draw([k, n], 2), draw([m, n], 3)]
    const [left, right] = [gpu.tensor([m, k], a), gpu.tensor([k, n], b)]
    const y = matmul(left, right)
    y.backward(gpu.tensor([m, n], dy, { requiresGrad: false }))
    await check("y", y, n, k, (i, j, t) => a[i * k + t] * b[t * n + j])
    await check("da", left.grad!, k, n, (i, j, t) => dy[i * n + t] * b[j * n + t])
    await check("db", right.grad!, n, m, (i, j, t) => a[t * k + i] * dy[t * n + j])
    gpu.endStep()
  })
})
