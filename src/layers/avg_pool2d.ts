/**
 * y[n,c,i,j] = 1 / K^2 * sum_{p,q} x[n,c,i*s+p-pad,j*s+q-pad]; each pixel of a window gets 1 / K^2 of its gradient.
 *
 * x [N,C,H,W]   y [N,C,OH,OW] with OH = floor((H + 2 pad - K) / s) + 1; padding counts as zeros, in the divisor too.
 * As https://pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html with its count_include_pad
 */
import { lanesFor } from "../gpu/threads.ts"
import { overRows } from "../tensor/rows.ts"
import { op } from "../tensor/tape.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { type LayerDescriptor, onnxWindow } from "./descriptor.ts"
import { Pool2d, type PoolOptions, poolSizes, TORCH_POOL, tiles } from "./pool.ts"

export const avgPool2d = op("avgPool2d", {
  forward(x: Tensor, options: PoolOptions) {
    const params = poolSizes("avgPool2d", x, options)
    const y = x.gpu.empty([x.shape[0], x.shape[1], params.oh, params.ow])
    overRows([x, y], ([x, y]) => {
      const sizes = poolSizes("avgPool2d", x, options)
      if (tiles(sizes)) runTiling(x, y, sizes)
      else x.gpu.run("avg_pool2d", { x, y }, sizes, [y.size])
    })
    return y
  },
  backward(dy, _y, x, options) {
    const dx = x.gradient()
    overRows([dy, dx], ([dy, dx]) => {
      const sizes = poolSizes("avgPool2d", dx, options)
      if (tiles(sizes)) runTiling(dy, dx, sizes, true)
      else dx.gpu.run("avg_pool2d_backward_input", { dy, dx }, sizes, [dx.size])
    })
    return [dx]
  },
})

function runTiling(given: Tensor, made: Tensor, sizes: ReturnType<typeof poolSizes>, backward = false): void {
  const { planes, oh, ow, kernel: K } = sizes
  const lanes = lanesFor(given.gpu, oh * ow)
  const consts = { K, BACKWARD: Number(backward) }
  given.gpu.run("avg_pool2d_tiling", { given, made }, { planes, oh, ow, lanes }, [planes * lanes], consts)
}

/** The layer of `avgPool2d`. */
export class AvgPool2d extends Pool2d {
  static readonly descriptor: LayerDescriptor<AvgPool2d> = {
    torch: { type: "AvgPool2d", options: TORCH_POOL, layer: (options) => new AvgPool2d(options) },
    // Padding counts in the divisor, as in PyTorch.
    onnx: (layer) => [{ op: "AveragePool", attributes: { ...onnxWindow(layer), count_include_pad: 1 } }],
    featureMap: "ends",
    lesson: {
      text:
        "Takes the mean of each window, here 2 x 2 pixels: a quarter of the image is left, and faint finds " +
        "side by side count as much as a strong one.",
      page: "avg_pool2d",
    },
  }

  override forward(x: Tensor): Tensor {
    return avgPool2d(x, this.options)
  }
}
