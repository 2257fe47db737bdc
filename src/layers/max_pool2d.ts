/**
 * y[n,c,i,j] = max_{p,q} x[n,c,i*s+p-pad,j*s+q-pad];
 * the gradient goes to the pixel that was the maximum.
 *
 * x [N,C,H,W]   y [N,C,OH,OW] with OH = floor((H + 2 pad - K) / s) + 1;
 * padding never wins, the first of equals does.
 * As https://pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html
 */
import { type Candidate, choose, type Plan } from "../gpu/plan.ts"
import { overRows } from "../tensor/rows.ts"
import { op } from "../tensor/tape.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { type LayerDescriptor, onnxWindow } from "./descriptor.ts"
import { Pool2d, type PoolOptions, type PoolSizes, poolSizes, TORCH_POOL, tilesExactly } from "./pool.ts"

const BACKWARD_INPUT: Candidate<PoolSizes>[] = [
  {
    name: "tiling",
    when: "windows that cover the input exactly",
    applies: (_, sizes) => tilesExactly(sizes),
    plan: (_, params) => pooling("max_pool2d_backward_input_tiling", params, params.oh * params.ow),
  },
  {
    name: "plain",
    when: "fits all windows",
    applies: () => true,
    plan: (_, params) => pooling("max_pool2d_backward_input", params, params.h * params.w),
  },
]

const pooling = (kernel: string, params: PoolSizes, pixels: number): Plan => ({
  kernel,
  params: { ...params },
  threads: [params.planes * pixels],
  consts: {},
})

export const maxPool2d = op("maxPool2d", {
  forward(x: Tensor, options: PoolOptions) {
    const params = poolSizes("maxPool2d", x, options)
    const y = x.gpu.empty([x.shape[0], x.shape[1], params.oh, params.ow])
    const argmax = x.gpu.empty(y.shape)
    overRows([x, y, argmax], ([x, y, argmax]) =>
      x.gpu.run("max_pool2d", { x, y, argmax }, poolSizes("maxPool2d", x, options), [y.size]),
    )
    return { y, argmax }
  },
  backward(dy, { argmax }, x, options) {
    const dx = x.gradient()
    overRows([argmax, dy, dx], ([argmax, dy, dx]) => {
      const params = poolSizes("maxPool2d", dx, options)
      dx.gpu.runPlan(choose(BACKWARD_INPUT, dx.gpu.adapter, params)!, { argmax, dy, dx })
    })
    return [dx]
  },
})

/** The layer of `maxPool2d`. */
export class MaxPool2d extends Pool2d {
  static readonly descriptor: LayerDescriptor<MaxPool2d> = {
    torch: { type: "MaxPool2d", options: TORCH_POOL, layer: (options) => new MaxPool2d(options) },
    onnx: (layer) => [{ op: "MaxPool", attributes: onnxWindow(layer) }],
    featureMap: "ends",
    lesson: {
      text:
        "Keeps the highest value of each window, here 2 x 2 pixels: a quarter of the image is left, and what " +
        "a filter found may lie a pixel further.",
      page: "max_pool2d",
    },
  }

  override forward(x: Tensor): Tensor {
    return maxPool2d(x, this.options)
  }
}
