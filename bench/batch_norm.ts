/**
 * Batch normalisation in training: forward, backward, and what ReLU and a max-pool behind it cost
 * by themselves.
 *
 * `npx cnn bench batch_norm` on two cores with nothing else to do, 2026-11-24.
 *
 * Forward, shape refnet-s-1. Copying gave 1.3 and 5.1 GB/s in the same run.
 *
 *                                                                                    Swift    lava
 *     GB/s                                                                          Shader    pipe
 *     plain: a thread a channel                                                       0.23    0.54
 *     a workgroup a slice of the batch, 64 threads: as is right on a GPU              0.15    0.58
 *     8 threads a slice, 16 elements a thread: fewer threads wait at barriers         0.55    1.50
 *     chosen: the last                                                                0.49    1.55
 *
 * Backward:
 *
 *                                                                                    Swift    lava
 *     GB/s                                                                          Shader    pipe
 *     64 threads a slice                                                              0.28     0.7
 *     8 threads a slice, 16 elements a thread                                         0.87    1.62
 *     chosen: the last                                                                0.84    1.65
 *
 * With ReLU and 2x2 max pooling:
 *
 *                                                                                    Swift    lava
 *     GB/s                                                                          Shader    pipe
 *     three ops                                                                       0.12    0.38
 *     relu in the pass that normalises                                                0.19    0.54
 *     all at once: only the largest of each window is stored                          0.51    1.27
 */
import { batchNorm2d as op } from "../src/layers/batch_norm2d.ts"
import { batchNorm2dReluMaxPool2d as fused } from "../src/layers/batch_norm2d_relu_max_pool2d.ts"
import { maxPool2d } from "../src/layers/max_pool2d.ts"
import { relu } from "../src/layers/relu.ts"
import type { BenchGpu } from "./device.ts"
import { kernelRung, type Ladder, type Rung, type Tensors } from "./ladder.ts"
import { after, backwardRung, forwardRung } from "./op_rung.ts"
import { type Plain, plain } from "./reference/gradcheck.ts"
import { batchNorm2d, elementwise, maxPool2d as maxReference } from "./reference/references.ts"

interface Sizes {
  n: number
  c: number
  h: number
  w: number
}

const EPS = 1e-5

const shapesOf = ({ n, c, h, w }: Sizes) => ({ x: [n, c, h, w], w: [c], b: [c] })
const numbers = ({ n, c, h, w }: Sizes): number => n * c * h * w

/**
 * Threads of a workgroup that adds up, and elements of a plane that a thread takes: what threads.ts
 * chooses by adapter.
 */
interface Sharing {
  size: number
  each: number
}

const FOR_GPU: Sharing = { size: 64, each: 1 }
const FOR_SOFTWARE: Sharing = { size: 8, each: 16 }
const shared = ({ size, each }: Sharing): string => `${size} threads a slice, ${each} elements a thread`

const common: Omit<Ladder<Sizes>, "name" | "formula" | "inputs" | "reference" | "rungs"> = {
  family: "batch_norm",
  form: "NxCxHxW",
  sizes: ([n, c, h, w]) => ({ n, c, h, w }),
  shapes: { "small-1": "32x8x40x40", "small-3": "32x32x10x10", "refnet-s-1": "32x16x64x64" },
  timed: ["refnet-s-1"],
  odd: (random) => ({
    n: 2 + random.integer(4),
    c: 1 + random.integer(6),
    h: 2 + random.integer(11),
    w: 2 + random.integer(11),
  }),
  terms: ({ n, h, w }) => n * h * w,
  // To normalise, two; to sum and to sum the squares, three.
  flops: (sizes) => 5 * numbers(sizes),
  bytes: (sizes) => 8 * numbers(sizes),
}

const TRAINING = { training: true, eps: EPS }

const inputsOf = (sizes: Sizes, ...names: ("x" | "w" | "b")[]) =>
  Object.fromEntries(names.map((name) => [name, { shape: shapesOf(sizes)[name] }]))

/** The slices of a channel as batch_norm2d_channels.ts divides it. */
function slicesOf({ n, h, w }: Sizes) {
  const images = Math.min(n, Math.ceil(4096 / (h * w)))
  return { images, slices: Math.ceil(n / images) }
}

function statistics(gpu: BenchGpu, x: Tensors[string], sizes: Sizes, SIZE: number) {
  const { n, c, h, w } = sizes
  const { images, slices } = slicesOf(sizes)
  const params = { n, c, pixels: h * w, images }
  const [slice_mean, slice_m2] = [gpu.empty([slices, c]), gpu.empty([slices, c])]
  gpu.run("batch_norm2d_slice", { x, slice_mean, slice_m2 }, params, [c * SIZE, slices], { SIZE })
  const [mean, variance] = [gpu.empty([c]), gpu.empty([c])]
  const running = { running_mean: gpu.empty([c]), running_var: gpu.empty([c]), batches: gpu.empty([]) }
  const tensors = { slice_mean, slice_m2, mean, variance, ...running }
  gpu.run("batch_norm2d_statistics", tensors, { ...params, momentum: 0 }, [c], { TRACK: false })
  return { mean, variance }
}

const slices = (sharing: Sharing): Rung<Sizes> => ({
  name: shared(sharing),
  work(sizes) {
    const { n, c, h, w: width } = sizes
    const lanes = Math.ceil((h * width) / sharing.each)
    return (gpu, { x, w, b }) => {
      const made = statistics(gpu, x, sizes, sharing.size)
      const y = gpu.empty(x.shape)
      const params = { planes: n * c, c, pixels: h * width, lanes, eps: EPS }
      gpu.run("batch_norm2d", { x, ...made, w, b, y }, params, [n * c * lanes])
      return { y }
    }
  },
})

export const batchNorm2dForward: Ladder<Sizes> = {
  ...common,
  name: "batch_norm2d",
  formula: "y[n,c,i,j] = (x[n,c,i,j] - mean[c]) / sqrt(variance[c] + eps) * w[c] + b[c]",
  inputs: (sizes) => inputsOf(sizes, "x", "w", "b"),
  reference: (_, { x, w, b }) => ({ y: batchNorm2d()(x, w, b) }),
  rungs: [
    kernelRung("plain: a thread a channel", { y: (sizes) => shapesOf(sizes).x }, ({ n, c, h, w }) => ({
      kernel: "batch_norm2d_plain",
      params: { n, c, pixels: h * w, eps: EPS },
      threads: [c],
    })),
    slices(FOR_GPU),
    slices(FOR_SOFTWARE),
    forwardRung("chosen", ({ x, w, b }) => op(x, w, b, TRAINING)),
  ],
}

const backward = (sharing: Sharing): Rung<Sizes> => ({
  name: shared(sharing),
  work(sizes) {
    const { n, c, h, w: width } = sizes
    const { images, slices } = slicesOf(sizes)
    const pixels = h * width
    const lanes = Math.ceil(pixels / sharing.each)
    const SIZE = sharing.size
    const forward = (gpu: BenchGpu, { x }: Tensors) => statistics(gpu, x, sizes, SIZE)
    return after(forward, (gpu, { x, w, b, dy }, made) => {
      const sums = gpu.empty([slices, 2, c])
      const [dx, dw, db, channel] = [x.shape, [c], [c], [5, c]].map((shape) => gpu.empty(shape))
      const slice = { x, dy, ...made, w, b, sums }
      gpu.run("batch_norm2d_backward_slice", slice, { n, c, pixels, images, eps: EPS }, [c * SIZE, slices], { SIZE })
      const channels = { sums, ...made, w, b, dw, db, channel }
      gpu.run("batch_norm2d_backward_channel", channels, { c, slices, numbers: n * pixels, eps: EPS }, [c])
      const planes = { planes: n * c, c, pixels, lanes }
      gpu.run("batch_norm2d_backward_input", { x, dy, channel, dx }, planes, [n * c * lanes])
      return { dx, dw, db }
    })
  },
})

/** dx, dw and db of the formula at the head of src/layers/batch_norm2d.ts. */
function gradients({ c }: Sizes, { x, w, dy }: Record<string, Plain>): Record<string, Plain> {
  const one = plain([c], new Float64Array(c).fill(1))
  const normalised = batchNorm2d()(x, one, plain([c]))
  const [dx, dw, db] = [plain(x.shape), plain([c]), plain([c])]
  const pixels = x.shape[2] * x.shape[3]
  for (let channel = 0; channel < c; channel++) {
    const own = [...x.data.keys()].filter((i) => Math.floor(i / pixels) % c === channel)
    const mean = own.reduce((sum, i) => sum + x.data[i], 0) / own.length
    const variance = own.reduce((sum, i) => sum + (x.data[i] - mean) ** 2, 0) / own.length
    for (const i of own) {
      dw.data[channel] += dy.data[i] * normalised.data[i]
      db.data[channel] += dy.data[i]
    }
    const scale = w.data[channel] / Math.sqrt(variance + EPS)
    const both = (i: number) => (db.data[channel] + normalised.data[i] * dw.data[channel]) / own.length
    for (const i of own) dx.data[i] = scale * (dy.data[i] - both(i))
  }
  return { dx, dw, db }
}

export const batchNorm2dBackward: Ladder<Sizes> = {
  ...common,
  name: "batch_norm2d_backward",
  formula: "dw = sum dy * h, db = sum dy, dx = w / sqrt(variance + eps) * (dy - (db + h * dw) / M)",
  inputs: (sizes) => ({ ...inputsOf(sizes, "x", "w", "b"), dy: { shape: shapesOf(sizes).x } }),
  reference: gradients,
  flops: (sizes) => 8 * numbers(sizes),
  bytes: (sizes) => 12 * numbers(sizes),
  rungs: [
    backward(FOR_GPU),
    backward(FOR_SOFTWARE),
    backwardRung("chosen", ["x", "w", "b"], ({ x, w, b }) => op(x, w, b, TRAINING)),
  ],
}

export const batchNorm2dReluMaxPool2d: Ladder<Sizes> = {
  ...common,
  name: "batch_norm2d_relu_max_pool2d",
  formula: "maxPool2d(relu(batchNorm2d(x, w, b)), { kernel: 2 })",
  sizes([n, c, h, w]) {
    if (h % 2 || w % 2) throw new Error("windows of 2x2 do not tile an odd height or width")
    return { n, c, h, w }
  },
  odd: (random) => ({
    n: 2 + random.integer(4),
    c: 1 + random.integer(6),
    h: 2 * (1 + random.integer(6)),
    w: 2 * (1 + random.integer(6)),
  }),
  inputs: (sizes) => inputsOf(sizes, "x", "w", "b"),
  reference(_, { x, w, b }) {
    const positive = elementwise((value) => Math.max(0, value))(batchNorm2d()(x, w, b))
    return { y: maxReference({ kernel: 2 })(positive) }
  },
  bytes: (sizes) => 4 * (1 + 1 / 4) * numbers(sizes),
  rungs: [
    forwardRung("three ops", ({ x, w, b }) => maxPool2d(relu(op(x, w, b, TRAINING)), { kernel: 2 })),
    forwardRung("relu at once", ({ x, w, b }) => maxPool2d(op(x, w, b, { ...TRAINING, relu: true }), { kernel: 2 })),
    forwardRung("all at once", ({ x, w, b }) => fused(x, w, b, { ...TRAINING, kernel: 2 })),
  ],
}
