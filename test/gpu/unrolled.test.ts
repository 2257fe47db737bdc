/**
 * What is compiled with its loops written out computes what the file computes, for every kernel
 * with such loops.
 */
import { afterAll, expect, it } from "vitest"
import { openDevice } from "#device"
import { compare, draw, plain } from "../../bench/reference/gradcheck.ts"
import type { AdapterInfo } from "../../src/gpu/adapter.ts"
import { isMarked } from "../../src/gpu/unroll.ts"
import {
  avgPool2d,
  batchNorm2dReluMaxPool2d,
  conv2d,
  conv2dReluMaxPool2d,
  dense,
  matmul,
  type Tensor,
} from "../../src/index.ts"
import { TensorGpu } from "../../src/tensor/tensor_gpu.ts"

const open = await openDevice()
afterAll(() => open.release())

const image = (c: number) => [
  [2, c, 10, 12],
  [11, c, 3, 3],
]
const padded = { padding: 1 }
const product = [
  [5, 19],
  [19, 7],
]
/** Large enough for tiles. */
const layer = [[65, 67], [66, 67], [66]] // biome-ignore format: a table

/**
 * The shapes of an op's inputs, the op, and the kind of adapter that it is to take this one for.
 */
const OPS: Record<string, { shapes: number[][]; op: (...inputs: Tensor[]) => Tensor; kind?: AdapterInfo["kind"] }> = {
  "conv2d of 2 channels": { shapes: [...image(2), [11]], op: (x, w, b) => conv2d(x, w, b, padded) },
  "conv2d of 9 channels": { shapes: [...image(9), [11]], op: (x, w, b) => conv2d(x, w, b, padded) },
  "conv2d, depthwise": {
    shapes: [[2, 3, 10, 12], [3, 1, 3, 3], [3]],
    op: (x, w, b) => conv2d(x, w, b, { padding: 1, groups: 3 }),
  },
  "conv2dReluMaxPool2d of 2": { shapes: [...image(2), [11]], op: (x, w, b) => conv2dReluMaxPool2d(x, w, b, padded) },
  "conv2dReluMaxPool2d of 9": { shapes: [...image(9), [11]], op: (x, w, b) => conv2dReluMaxPool2d(x, w, b, padded) },
  batchNorm2dReluMaxPool2d: {
    shapes: [[3, 2, 6, 8], [2], [2]],
    op: (x, w, b) => batchNorm2dReluMaxPool2d(x, w, b, { training: true, kernel: 2 }),
  },
  avgPool2d: { shapes: [[3, 2, 26, 34]], op: (x) => avgPool2d(x, { kernel: 2 }) },
  "dense with a ReLU": { shapes: layer, op: (x, w, b) => dense(x, w, b, { relu: true }) },
  "conv2d on a GPU": { shapes: [...image(9), [11]], op: (x, w, b) => conv2d(x, w, b, padded), kind: "gpu" },
  "matmul on a GPU": { shapes: product, op: matmul, kind: "gpu" },
}

const used = new Set<string>()

/** y and all gradients, with the loops written out or not. */
async function compute(unrolling: boolean, { shapes, op, kind }: (typeof OPS)[string]): Promise<Float32Array[]> {
  const shader = (name: string) => {
    used.add(name)
    return open.shader(name)
  }
  const gpu = new TensorGpu({ ...open, shader, info: { ...open.info, kind: kind ?? open.info.kind } })
  gpu.unrolling = unrolling
  const inputs = shapes.map((shape, i) => gpu.tensor(shape, draw(shape, i + 1)))
  const y = op(...inputs)
  y.backward(gpu.tensor(y.shape, draw(y.shape, 9)))
  const out = await Promise.all([y, ...inputs.map(({ grad }) => grad!)].map((tensor) => tensor.read()))
  gpu.endStep()
  return out
}

it.each(Object.keys(OPS))("%s", async (name) => {
  const [written, unrolled] = [await compute(false, OPS[name]), await compute(true, OPS[name])]
  written.forEach((values, i) => {
    const expected = plain([values.length], values)
    compare({ name, terms: 1, atol: 1e-5, rtol: 1e-5 }, `result ${i}`, unrolled[i], expected)
  })
})

it.runIf(open.info.kind === "software" && open.info.subgroupSize)("is every such kernel", () => {
  expect(open.shaderNames().filter((name) => isMarked(open.shader(name)) && !used.has(name))).toEqual([])
})
