/**
 * No kernel covers only so many workgroups as one dimension of a dispatch allows (65,535 on most
 * adapters). Every op runs here on a device that pretends to allow a handful, so that its
 * dispatches fold as those of huge tensors do.
 */
import { afterAll, describe, expect, it } from "vitest"
import { openDevice } from "#device"
import { draw } from "../../bench/reference/gradcheck.ts"
import {
  add,
  avgPool2d,
  batchNorm2d,
  bceWithLogits,
  conv2d,
  dense,
  dropout,
  globalAvgPool,
  leakyRelu,
  matmul,
  maxPool2d,
  mean,
  mul,
  relu,
  relu6,
  sigmoid,
  softmaxCrossEntropy,
  sum,
  type Tensor,
} from "../../src/index.ts"
import { TensorGpu } from "../../src/tensor/tensor_gpu.ts"
import { narrow } from "../support/narrow.ts"

const open = await openDevice()
afterAll(() => open.release())

const LIMIT = 7
/**
 * Sums take 4096 numbers a workgroup forward and 64 backward: over this limit there, and within its
 * square here.
 */
const SUM_LIMIT = 70

const fewGroups = (limit = LIMIT): GPUDevice => narrow(open.device, { maxComputeWorkgroupsPerDimension: limit })

const image = [3, 3, 11, 13]
const OPS: Record<string, { shapes: number[][]; limit?: number; op(...inputs: Tensor[]): Tensor }> = {
  add: { shapes: [[1000], [1000]], op: (a, b) => add(a, b) },
  mul: { shapes: [[1000], [1000]], op: (a, b) => mul(a, b) },
  relu: { shapes: [[1000]], op: (x) => relu(x) },
  relu6: { shapes: [[1000]], op: (x) => relu6(x) },
  leakyRelu: { shapes: [[1000]], op: (x) => leakyRelu(x) },
  sigmoid: { shapes: [[1000]], op: (x) => sigmoid(x) },
  dropout: { shapes: [[1000]], op: (x) => dropout(x, { p: 0.3 }) },
  sum: { shapes: [[72 * 4096 + 7]], limit: SUM_LIMIT, op: (x) => sum(x) },
  mean: { shapes: [[72 * 4096 + 7]], limit: SUM_LIMIT, op: (x) => mean(x) },
  matmul: {
    shapes: [
      [23, 19],
      [19, 29],
    ],
    op: (a, b) => matmul(a, b),
  },
  "dense, bias and features": { shapes: [[2, 280], [9, 280], [9]], op: (x, w, b) => dense(x, w, b) },
  conv2d: { shapes: [image, [5, 3, 3, 3]], op: (x, w) => conv2d(x, w, null, { padding: 1 }) },
  maxPool2d: { shapes: [image], op: (x) => maxPool2d(x, { kernel: 3, stride: 1 }) },
  avgPool2d: { shapes: [image], op: (x) => avgPool2d(x, { kernel: 3, stride: 1 }) },
  globalAvgPool: { shapes: [image], op: (x) => globalAvgPool(x) },
  batchNorm2d: { shapes: [image, [3], [3]], op: (x, w, b) => batchNorm2d(x, w, b, { training: true }) },
  bceWithLogits: { shapes: [[1100]], op: (x) => bceWithLogits(x, x.gpu.persistent([1100])) },
  softmaxCrossEntropy: { shapes: [[17, 66]], op: (x) => softmaxCrossEntropy(x, x.gpu.persistent([17])) },
}

type Kind = TensorGpu["adapter"]["kind"]

/** Output and gradients, on a device with or without the small limit. */
async function run(device: GPUDevice, kind: Kind, { shapes, op }: (typeof OPS)[string]): Promise<Float32Array[]> {
  // Without subgroups conv2d takes its plain kernels; its plans keep the others below the limit by
  // themselves.
  const gpu = new TensorGpu({ ...open, info: { ...open.info, kind, subgroups: false, subgroupSize: 0 }, device })
  const inputs = shapes.map((shape, i) => gpu.tensor(shape, draw(shape, i + 1)))
  const y = op(...inputs)
  y.backward(gpu.tensor(y.shape, draw(y.shape, 9)))
  return Promise.all([y, ...inputs.map(({ grad }) => grad!)].map((tensor) => tensor.read()))
}

describe("over the limit of workgroups in one dimension", () => {
  const kernels = (["software", "gpu"] as const).flatMap((kind) => Object.keys(OPS).map((name) => ({ kind, name })))

  it.each(kernels)("$name gives the same bits by the kernels for $kind", async ({ kind, name }) => {
    const folded = await run(fewGroups(OPS[name].limit), kind, OPS[name])
    const whole = await run(open.device, kind, OPS[name])
    const firstOff = folded.map((values, k) => values.findIndex((value, i) => !Object.is(value, whole[k][i])))
    expect(firstOff).toEqual(whole.map(() => -1))
    expect(folded.every((values) => values.some((value) => value !== 0))).toBe(true)
  })

  it("copies, fills and adds a real one of 65,535 * 64 + 1000 numbers to its last", async () => {
    const gpu = new TensorGpu(open)
    const n = 65_535 * 64 + 1000
    const x = gpu.tensor(
      [n],
      Float32Array.from({ length: n }, (_, i) => (i % 5) - 2),
    )
    const y = relu(add(x, x))
    y.backward(gpu.ones([n]))
    const copy = gpu.empty([n])
    gpu.run("copy", { x: y, y: copy }, { n }, [n])
    const [values, slopes] = [await copy.read(), await x.grad!.read()]
    const wrong = values.findIndex((value, i) => value !== Math.max(0, 2 * ((i % 5) - 2)))
    const wrongSlope = slopes.findIndex((value, i) => value !== (i % 5 > 2 ? 2 : 0))
    expect([wrong, wrongSlope]).toEqual([-1, -1])
  })

  it("refuses what does not fold, naming kernel and limit", () => {
    const gpu = new TensorGpu({ ...open, info: { ...open.info, kind: "software" }, device: fewGroups() })
    const [x, w] = [gpu.persistent([99, 2]), gpu.persistent([2, 2])]
    expect(() => dense(x, w)).toThrow(/^dense: .* workgroups, this adapter allows 7 per dimension/)
  })
})
