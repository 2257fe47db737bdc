/**
 * y[n,c,i,j] = (x[n,c,i,j] - mean[c]) / sqrt(variance[c] + eps) * w[c] + b[c]
 *
 * In training mean and (biased) variance are those of the channel's M = N*H*W numbers, and with h
 * the normalised x
 * dw = sum dy * h,   db = sum dy,   dx = w / sqrt(variance + eps) * (dy - (db + h * dw) / M);
 * running = (1 - momentum) * running + momentum * (mean, variance * M / (M - 1)). In inference they
 * are the running ones.
 *
 * x, y [N,C,H,W]   w, b, mean, variance [C]. As
 * https://pytorch.org/docs/stable/generated/torch.nn.BatchNorm2d.html; S. Ioffe, C. Szegedy, 2015,
 * https://arxiv.org/abs/1502.03167
 */

import { addingThreads, lanesFor } from "../gpu/threads.ts"
import { checkChannels, checkNumber, checkWhole } from "../tensor/check.ts"
import { overRows } from "../tensor/rows.ts"
import { op } from "../tensor/tape.ts"
import type { Shape, Tensor } from "../tensor/tensor.ts"
import { type BatchNorm2dOptions, channelGradients, channelSizes, channelStatistics } from "./batch_norm2d_channels.ts"
import type { LayerDescriptor } from "./descriptor.ts"
import { constant } from "./init.ts"
import { Module, type ParameterSpec } from "./module.ts"

export const batchNorm2d = op("batchNorm2d", {
  /** @param options.relu take relu of the result at once */
  forward(x: Tensor, w: Tensor, b: Tensor, options: BatchNorm2dOptions & { relu?: boolean } = {}) {
    const sizes = channelSizes("batchNorm2d", x, w, b, options)
    const statistics = channelStatistics(x, sizes, options)
    const { c, pixels, eps } = sizes
    const y = x.gpu.empty(x.shape)
    const lanes = lanesFor(x.gpu, pixels)
    const consts = { RELU: Boolean(options.relu) }
    overRows([x, y], ([x, y]) => {
      const planes = x.shape[0] * c
      const params = { planes, c, pixels, lanes, eps }
      x.gpu.run("batch_norm2d", { x, ...statistics, w, b, y }, params, [planes * lanes], consts)
    })
    return { y, sizes, statistics }
  },
  backward(dy, { sizes, statistics }, x, w, b, { relu, training } = {}) {
    const { gpu } = x
    const { n, c, pixels, images, slices, eps } = sizes
    const consts = { RELU: Boolean(relu) }
    const SIZE = addingThreads(gpu)
    const sums = gpu.empty([slices, 2, c])
    const slice = { x, dy, ...statistics, w, b, sums }
    const params = { n, c, pixels, images, eps }
    gpu.run("batch_norm2d_backward_slice", slice, params, [c * SIZE, slices], { SIZE, ...consts })
    const { channel, dw, db } = channelGradients(sums, statistics, [w, b], sizes, training)
    const dx = x.requiresGrad ? x.gradient() : null
    if (dx) {
      const lanes = lanesFor(gpu, pixels)
      overRows([x, dy, dx], ([x, dy, dx]) => {
        const planes = x.shape[0] * c
        gpu.run("batch_norm2d_backward_input", { x, dy, channel, dx }, { planes, c, pixels, lanes }, [planes * lanes], {
          TRAINING: Boolean(training),
          ...consts,
        })
      })
    }
    return [dx, dw, db]
  },
})

/**
 * The layer of `batchNorm2d`: weight [C], one at first; bias [C], zero; running statistics kept
 * beside them.
 */
export class BatchNorm2d extends Module {
  static readonly descriptor: LayerDescriptor<BatchNorm2d> = {
    torch: {
      type: "BatchNorm2d",
      options: { num_features: "channels", eps: "eps", momentum: "momentum" },
      layer: ({ channels, eps, momentum }) => new BatchNorm2d(channels, { eps, momentum }),
    },
    onnx: ({ eps }) => [
      {
        op: "BatchNormalization",
        inputs: ["x", "weight", "bias", "running_mean", "running_var"],
        attributes: { epsilon: { float: eps } },
      },
    ],
    featureMap: "continues",
    lesson: {
      text:
        "Brings each channel to mean 0 and spread 1 over the images, then to a mean and spread that are " +
        "learned. The shape stays; training steps keep one size.",
      page: "batch_norm2d",
    },
  }

  readonly eps: number
  readonly momentum: number

  constructor(
    readonly channels: number,
    { eps = 1e-5, momentum = 0.1 }: { eps?: number; momentum?: number } = {},
  ) {
    super()
    checkWhole("BatchNorm2d", "channels", channels, 1)
    checkNumber("BatchNorm2d", "eps", eps)
    checkNumber("BatchNorm2d", "momentum", momentum)
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

  override outputShape(shape: Shape): Shape {
    checkChannels("BatchNorm2d", shape, this.channels)
    return shape
  }

  override forward(x: Tensor): Tensor {
    return batchNorm2d(x, ...this.arguments())
  }

  /**
   * What the op wants beside x: weight, bias, and in the options the running statistics and whether
   * the layer trains.
   */
  arguments(): [w: Tensor, b: Tensor, options: BatchNorm2dOptions] {
    const options = {
      eps: this.eps,
      momentum: this.momentum,
      runningMean: this.buffer("running_mean"),
      runningVar: this.buffer("running_var"),
      numBatchesTracked: this.buffer("num_batches_tracked"),
      training: this.training,
    }
    return [this.parameter("weight"), this.parameter("bias"), options]
  }
}
