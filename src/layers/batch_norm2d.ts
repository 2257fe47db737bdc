/**
 * y[n,c,i,j] = (x[n,c,i,j] - mean[c]) / sqrt(variance[c] + eps) * w[c] + b[c]
 *
 * In training mean and (biased) variance are those of the channel's M = N*H*W numbers, and with h the normalised x
 * dw = sum dy * h,   db = sum dy,   dx = w / sqrt(variance + eps) * (dy - (db + h * dw) / M);
 * running = (1 - momentum) * running + momentum * (mean, variance * M / (M - 1)). In inference they are the running ones.
 *
 * x, y [N,C,H,W]   w, b, mean, variance [C].
 * As https://pytorch.org/docs/stable/generated/torch.nn.BatchNorm2d.html; S. Ioffe, C. Szegedy, 2015,
 * https://arxiv.org/abs/1502.03167
 */
import type { Gpu } from "../gpu/gpu.ts"
import { checkRank, checkShape, checkWhole } from "../tensor/check.ts"
import { op } from "../tensor/tape.ts"
import { type Shape, show, type Tensor } from "../tensor/tensor.ts"
import { threadsFor } from "./elementwise.ts"
import { constant } from "./init.ts"
import { Module, type ParameterSpec } from "./module.ts"

export interface BatchNorm2dOptions {
  eps?: number
  /** Weight of the new batch in the running statistics. */
  momentum?: number
  /** [C]; updated in training, used in inference. May be left out in training. */
  runningMean?: Tensor
  runningVar?: Tensor
  /** A single number, counted up in training. */
  numBatchesTracked?: Tensor
  /** Whether the batch's own statistics normalise it; false unless given. */
  training?: boolean
  /** Take relu of the result at once. */
  relu?: boolean
}

/** Numbers that one workgroup of the slice kernels takes at least, where there are as many. */
const SLICE = 4096

/** Threads that share a slice: on a processor the barrier between them costs more than they save. */
const sliceThreads = ({ adapter }: Gpu): number => (adapter.kind === "software" ? 8 : 64)

function sizes(x: Tensor, w: Tensor, b: Tensor, { eps = 1e-5, training, runningMean, runningVar }: BatchNorm2dOptions) {
  checkRank("batchNorm2d", "x", x, 4)
  const [n, c, height, width] = x.shape
  const tensors = Object.entries({ w, b, runningMean, runningVar })
  for (const [name, tensor] of tensors) if (tensor) checkShape("batchNorm2d", name, tensor, [c], `x ${show(x.shape)}`)
  const pixels = height * width
  if (!training && !(runningMean && runningVar)) {
    throw new Error("batchNorm2d: inference needs runningMean and runningVar; or say training: true")
  }
  if (training && n * pixels === 1) {
    throw new Error(`batchNorm2d: in training expected more than 1 value per channel, x is ${show(x.shape)}`)
  }
  const images = Math.min(n, Math.ceil(SLICE / pixels))
  return { n, c, pixels, images, slices: Math.ceil(n / images), eps }
}

/** Mean and variance of each channel of the batch; counts them into the running ones where there are any. */
function statistics(x: Tensor, sizesOfX: ReturnType<typeof sizes>, options: BatchNorm2dOptions) {
  const { gpu } = x
  const { n, c, pixels, images, slices } = sizesOfX
  const { momentum = 0.1, runningMean, runningVar, numBatchesTracked } = options
  const [slice_mean, slice_m2] = [gpu.empty([slices, c]), gpu.empty([slices, c])]
  const [mean, variance] = [gpu.empty([c]), gpu.empty([c])]
  const size = sliceThreads(gpu)
  const slice = { x, slice_mean, slice_m2 }
  gpu.run("batch_norm2d_slice", slice, { n, c, pixels, images }, [c * size, slices], { SIZE: size })
  const running = {
    running_mean: runningMean ?? gpu.empty([c]),
    running_var: runningVar ?? gpu.empty([c]),
    batches: numBatchesTracked ?? gpu.empty([]),
  }
  const params = { n, c, pixels, images, momentum }
  const consts = { TRACK: Boolean(runningMean && runningVar) }
  gpu.run("batch_norm2d_statistics", { slice_mean, slice_m2, mean, variance, ...running }, params, [c], consts)
  return { mean, variance }
}

export const batchNorm2d = op("batchNorm2d", {
  forward(x: Tensor, w: Tensor, b: Tensor, options: BatchNorm2dOptions = {}) {
    const sizesOfX = sizes(x, w, b, options)
    const { n, c, pixels, eps } = sizesOfX
    const { mean, variance } = options.training
      ? statistics(x, sizesOfX, options)
      : { mean: options.runningMean!, variance: options.runningVar! }
    const y = x.gpu.empty(x.shape)
    const lanes = threadsFor(x.gpu, pixels)
    const params = { planes: n * c, c, pixels, lanes, eps }
    const consts = { RELU: Boolean(options.relu) }
    x.gpu.run("batch_norm2d", { x, mean, variance, w, b, y }, params, [n * c * lanes], consts)
    return { y, mean, variance }
  },
  backward(slope, { y, mean, variance }, x, w, b, options = {}) {
    const { gpu } = x
    const dy = options.relu ? gpu.empty(y.shape) : slope
    if (options.relu) {
      gpu.run("relu_backward_input", { y, dy: slope, dx: dy }, { n: y.size }, [threadsFor(gpu, y.size)])
    }
    const { n, c, pixels, images, slices, eps } = sizes(x, w, b, options)
    const dw = w.requiresGrad ? w.gradient() : gpu.empty([c])
    const db = b.requiresGrad ? b.gradient() : gpu.empty([c])
    const [sum_dy, sum_dy_x] = [gpu.empty([slices, c]), gpu.empty([slices, c])]
    const slice = { x, dy, mean, sum_dy, sum_dy_x }
    const size = sliceThreads(gpu)
    gpu.run("batch_norm2d_backward_slice", slice, { n, c, pixels, images }, [c * size, slices], { SIZE: size })
    const channel = { sum_dy_x, sum_dy, variance, dw, db }
    gpu.run("batch_norm2d_backward_weight_bias", channel, { c, slices, eps }, [c])
    const dx = x.requiresGrad ? x.gradient() : null
    if (dx) {
      const tensors = { x, dy, mean, variance, w, dw, db, dx }
      const consts = { TRAINING: Boolean(options.training) }
      const lanes = threadsFor(gpu, pixels)
      gpu.run("batch_norm2d_backward_input", tensors, { n, c, pixels, lanes, eps }, [n * c * lanes], consts)
    }
    return [dx, w.requiresGrad ? dw : null, b.requiresGrad ? db : null]
  },
})

/** The layer of `batchNorm2d`: weight [C], one at first; bias [C], zero; running statistics kept beside them. */
export class BatchNorm2d extends Module {
  readonly eps: number
  readonly momentum: number

  constructor(
    readonly channels: number,
    { eps = 1e-5, momentum = 0.1 }: { eps?: number; momentum?: number } = {},
  ) {
    super()
    checkWhole("BatchNorm2d", "channels", channels, 1)
    this.eps = eps
    this.momentum = momentum
  }

  override parameterSpecs(): Record<string, ParameterSpec> {
    const shape = [this.channels]
    return { weight: { shape, init: constant(1) }, bias: { shape, init: constant(0) } }
  }

  override bufferSpecs(): Record<string, { shape: Shape; value: number }> {
    const shape = [this.channels]
    const running = { running_mean: { shape, value: 0 }, running_var: { shape, value: 1 } }
    return { ...running, num_batches_tracked: { shape: [], value: 0 } }
  }

  override forward(x: Tensor): Tensor {
    return this.#normalise(x, false)
  }

  /** relu of forward, in one pass; `Sequential` calls it where a ReLU follows. */
  forwardReLU(x: Tensor): Tensor {
    return this.#normalise(x, true)
  }

  #normalise(x: Tensor, relu: boolean): Tensor {
    return batchNorm2d(x, this.parameter("weight"), this.parameter("bias"), {
      eps: this.eps,
      momentum: this.momentum,
      runningMean: this.buffer("running_mean"),
      runningVar: this.buffer("running_var"),
      numBatchesTracked: this.buffer("num_batches_tracked"),
      training: this.training,
      relu,
    })
  }
}
