/**
 * y[n,c,i,j] = 1 / K^2 * sum_{p,q} x[n,c,i*s+p-pad,j*s+q-pad]; each pixel of a window gets 1 / K^2 of its gradient.
 *
 * x [N,C,H,W]   y [N,C,OH,OW] with OH = floor((H + 2 pad - K) / s) + 1; padding counts as zeros, in the divisor too.
 * As https://pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html with its count_include_pad
 */
import { overRows } from "../tensor/rows.ts"
import { op } from "../tensor/tape.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { Pool2d, type PoolOptions, poolSizes } from "./pool.ts"

export const avgPool2d = op("avgPool2d", {
  forward(x: Tensor, options: PoolOptions) {
    const params = poolSizes("avgPool2d", x, options)
    const y = x.gpu.empty([x.shape[0], x.shape[1], params.oh, params.ow])
    overRows([x, y], ([x, y]) => x.gpu.run("avg_pool2d", { x, y }, poolSizes("avgPool2d", x, options), [y.size]))
    return y
  },
  backward(dy, _y, x, options) {
    const dx = x.gradient()
    overRows([dy, dx], ([dy, dx]) =>
      dx.gpu.run("avg_pool2d_backward_input", { dy, dx }, poolSizes("avgPool2d", dx, options), [dx.size]),
    )
    return [dx]
  },
})

/** The layer of `avgPool2d`. */
export class AvgPool2d extends Pool2d {
  override forward(x: Tensor): Tensor {
    return avgPool2d(x, this.options)
  }
}
