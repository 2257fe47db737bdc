/**
 * y = maxPool2d(relu(batchNorm2d(x, w, b)), { kernel: K }) in one pass, for windows that
 * tile x exactly. Between the three ops lie two tensors as large as x, and two as large again on
 * the way back; here none of them is stored.
 *
 * dy reaches the x that won its window; from there dx, dw and db are those of batchNorm2d.
 *
 * x [N,C,OH*K,OW*K]   w, b [C]   y [N,C,OH,OW].
 */

import { addingThreads, lanesFor } from "../gpu/threads.ts"
import { overRows } from "../tensor/rows.ts"
import { op } from "../tensor/tape.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { type BatchNorm2dOptions, channelGradients, channelSizes, channelStatistics } from "./batch_norm2d_channels.ts"
import { poolSizes, tilesExactly } from "./pool.ts"

const NAME = "batchNorm2dReluMaxPool2d"

export const batchNorm2dReluMaxPool2d = op(NAME, {
  /**
   * @param options.kernel side of the windows, which is their stride too, and divides height and
   * width
   */
  forward(x: Tensor, w: Tensor, b: Tensor, { kernel: K, ...options }: BatchNorm2dOptions & { kernel: number }) {
    const sizes = channelSizes(NAME, x, w, b, options)
    const pool = poolSizes(NAME, x, { kernel: K })
    if (!tilesExactly(pool))
      throw new Error(`${NAME}: windows of ${K}x${K} do not tile the ${pool.h}x${pool.w} pixels of x`)
    const statistics = channelStatistics(x, sizes, options)
    const { n, c, eps } = sizes
    const { oh, ow } = pool
    const [y, won] = [x.gpu.empty([n, c, oh, ow]), x.gpu.empty([n, c, oh, ow])]
    const lanes = lanesFor(x.gpu, oh * ow)
    overRows([x, y, won], ([x, y, won]) => {
      const planes = x.shape[0] * c
      const tensors = { x, ...statistics, w, b, y, won }
      x.gpu.run("batch_norm2d_relu_max_pool2d", tensors, { planes, c, oh, ow, lanes, eps }, [planes * lanes], { K })
    })
    return { y, won, sizes, statistics }
  },
  backward(dy, { y, won, sizes, statistics }, x, w, b, { kernel: K, training }) {
    const { gpu } = x
    const { n, c, images, slices } = sizes
    const [, , oh, ow] = y.shape
    const SIZE = addingThreads(gpu)
    const consts = { K, TRAINING: Boolean(training) }
    const sums = gpu.empty([slices, 2, c])
    const slice = { x, dy, won, mean: statistics.mean, sums }
    const params = { n, c, oh, ow, images }
    gpu.run("batch_norm2d_relu_max_pool2d_backward_slice", slice, params, [c * SIZE, slices], { SIZE, ...consts })
    const { channel, dw, db } = channelGradients(sums, statistics, [w, b], sizes, training)
    const dx = x.requiresGrad ? x.gradient() : null
    if (dx) {
      const lanes = lanesFor(gpu, oh * ow)
      overRows([x, dy, won, dx], ([x, dy, won, dx]) => {
        const planes = x.shape[0] * c
        const tensors = { x, dy, won, channel, dx }
        const params = { planes, c, oh, ow, lanes }
        gpu.run("batch_norm2d_relu_max_pool2d_backward_input", tensors, params, [planes * lanes], consts)
      })
    }
    return [dx, dw, db]
  },
})
