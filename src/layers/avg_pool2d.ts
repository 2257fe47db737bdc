/**
 * y[n,c,i,j] = 1 / K^2 * sum_{p,q} x[n,c,i*s+p-pad,j*s+q-pad];
 * each pixel of a window gets 1 / K^2 of its gradient.
 *
 * x [N,C,H,W]   y [N,C,OH,OW] with OH = floor((H + 2 pad - K) / s) + 1;
 * padding counts as zeros, in the divisor too.
 * As https://pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html with its count_include_pad
 */
import { type Candidate, choose } from "../gpu/plan.ts"
import { lanesFor } from "../gpu/threads.ts"
import { overRows } from "../tensor/rows.ts"
import { op } from "../tensor/tape.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { type LayerDescriptor, onnxWindow } from "./descriptor.ts"
import { Pool2d, type PoolOptions, type PoolSizes, poolSizes, TORCH_POOL, tilesExactly } from "./pool.ts"

/** y of x, or dx of dy. */
interface Pooling {
  sizes: PoolSizes
  backward: boolean
}

const CANDIDATES: Candidate<Pooling>[] = [
  {
    name: "tiling",
    when: "windows that cover the input exactly",
    applies: (_, { sizes }) => tilesExactly(sizes),
    plan(adapter, { sizes: { planes, oh, ow, kernel: K }, backward }) {
      const lanes = lanesFor({ adapter }, oh * ow)
      const consts = { K, BACKWARD: Number(backward) }
      return { kernel: "avg_pool2d_tiling", params: { planes, oh, ow, lanes }, threads: [planes * lanes], consts }
    },
  },
  {
    name: "plain",
    when: "fits all windows",
    applies: () => true,
    plan(_, { sizes, backward }) {
      const { planes, h, w, oh, ow } = sizes
      const kernel = backward ? "avg_pool2d_backward_input" : "avg_pool2d"
      return { kernel, params: { ...sizes }, threads: [planes * (backward ? h * w : oh * ow)], consts: {} }
    },
  },
]

export const avgPool2d = op("avgPool2d", {
  forward(x: Tensor, options: PoolOptions) {
    const { oh, ow } = poolSizes("avgPool2d", x, options)
    const y = x.gpu.empty([x.shape[0], x.shape[1], oh, ow])
    overRows([x, y], ([x, y]) => {
      const plan = choose(CANDIDATES, x.gpu.adapter, { sizes: poolSizes("avgPool2d", x, options), backward: false })!
      x.gpu.runPlan(plan, plan.kernel === "avg_pool2d" ? { x, y } : { given: x, made: y })
    })
    return y
  },
  backward(dy, _y, x, options) {
    const dx = x.gradient()
    overRows([dy, dx], ([dy, dx]) => {
      const plan = choose(CANDIDATES, dx.gpu.adapter, { sizes: poolSizes("avgPool2d", dx, options), backward: true })!
      dx.gpu.runPlan(plan, plan.kernel === "avg_pool2d_backward_input" ? { dy, dx } : { given: dy, made: dx })
    })
    return [dx]
  },
})

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
