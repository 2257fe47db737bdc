/**
 * What batch normalisation knows of each channel: its statistics over the batch, and the sums of
 * its gradient.
 */

import { addingThreads } from "../gpu/threads.ts"
import { checkRank, checkShape } from "../tensor/check.ts"
import { show, type Tensor } from "../tensor/tensor.ts"

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
}

/** Numbers that one workgroup of the slice kernels takes at least, where there are as many. */
const SLICE = 4096

/** The sizes that the kernels want, after all checks. */
export function channelSizes(op: string, x: Tensor, w: Tensor, b: Tensor, options: BatchNorm2dOptions) {
  const { eps = 1e-5, training, runningMean, runningVar } = options
  checkRank(op, "x", x, 4)
  const [n, c, height, width] = x.shape
  const tensors = Object.entries({ w, b, runningMean, runningVar })
  for (const [name, tensor] of tensors) if (tensor) checkShape(op, name, tensor, [c], `x ${show(x.shape)}`)
  const pixels = height * width
  if (Boolean(runningMean) !== Boolean(runningVar)) {
    throw new Error(`${op}: give both runningMean and runningVar, or neither`)
  }
  if (!training && !(runningMean && runningVar)) {
    throw new Error(`${op}: inference needs runningMean and runningVar; or say training: true`)
  }
  if (training && n * pixels === 1) {
    throw new Error(
      `${op}: in training expected more than 1 value per channel, x is ${show(x.shape)}: use larger batches or images`,
    )
  }
  const images = Math.min(n, Math.ceil(SLICE / pixels))
  return { n, c, pixels, images, slices: Math.ceil(n / images), eps }
}

type ChannelSizes = ReturnType<typeof channelSizes>

/**
 * Mean and variance of each channel: in inference the running ones, in training the batch's,
 * counted into those.
 */
export function channelStatistics(x: Tensor, sizes: ChannelSizes, options: BatchNorm2dOptions) {
  const { momentum = 0.1, runningMean, runningVar, numBatchesTracked, training } = options
  if (!training) return { mean: runningMean!, variance: runningVar! }
  const { gpu } = x
  const { n, c, pixels, images, slices } = sizes
  const [slice_mean, slice_m2] = [gpu.empty([slices, c]), gpu.empty([slices, c])]
  const [mean, variance] = [gpu.empty([c]), gpu.empty([c])]
  const SIZE = addingThreads(gpu)
  gpu.run("batch_norm2d_slice", { x, slice_mean, slice_m2 }, { n, c, pixels, images }, [c * SIZE, slices], { SIZE })
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

/**
 * dw and db from the slices' `sums` [slices,2,C], and `channel` [5,C] for the kernels that compute
 * dx.
 */
export function channelGradients(
  sums: Tensor,
  { mean, variance }: ReturnType<typeof channelStatistics>,
  [w, b]: [w: Tensor, b: Tensor],
  { n, c, pixels, slices, eps }: ChannelSizes,
  training = false,
) {
  const { gpu } = sums
  const dw = w.requiresGrad ? w.gradient() : gpu.empty([c])
  const db = b.requiresGrad ? b.gradient() : gpu.empty([c])
  const channel = gpu.empty([5, c])
  const params = { c, slices, numbers: n * pixels, eps }
  const tensors = { sums, mean, variance, w, b, dw, db, channel }
  gpu.run("batch_norm2d_backward_channel", tensors, params, [c], { TRAINING: training })
  return { channel, dw: w.requiresGrad ? dw : null, db: b.requiresGrad ? db : null }
}
