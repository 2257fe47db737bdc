/**
 * Class activation maps: what of a layer's activation a speaks for a class, place by place. da is
 * the gradient of the class's logit with respect to a. a, da [N,C,H,W]   y [N,H,W]. Nothing is
 * noted for backward.
 */
import { globalAvgPool } from "../layers/global_avg_pool.ts"
import { checkRank, checkShape } from "../tensor/check.ts"
import type { Tensor } from "../tensor/tensor.ts"

/**
 * y[n,i,j] = max(0, sum_c w[n,c] a[n,c,i,j]), w[n,c] = mean_{i,j} da[n,c,i,j]
 *
 * R. R. Selvaraju et al., Grad-CAM, 2017, https://arxiv.org/abs/1610.02391
 */
export function gradCam(a: Tensor, da: Tensor): Tensor {
  const { gpu } = a
  const { y, sizes } = start("gradCam", a, da)
  const w = gpu.noGrad(() => globalAvgPool(da))
  gpu.run("class_activation", { a, w, y }, sizes, [y.size])
  return y
}

/**
 * y[n,i,j] = max(0, sum_c max(0, da[n,c,i,j]) a[n,c,i,j]): a weight a place instead of one a
 * channel, which also holds for layers far from the end.
 *
 * P.-T. Jiang et al., LayerCAM, 2021, https://doi.org/10.1109/TIP.2021.3089943
 */
export function layerCam(a: Tensor, da: Tensor): Tensor {
  const { y, sizes } = start("layerCam", a, da)
  a.gpu.run("class_activation", { a, w: da, y }, sizes, [y.size], { LAYER: true })
  return y
}

function start(op: string, a: Tensor, da: Tensor) {
  checkRank(op, "a", a, 4)
  checkShape(op, "da", da, a.shape, "a")
  const [n, c, h, w] = a.shape
  return { y: a.gpu.empty([n, h, w]), sizes: { n, c, pixels: h * w } }
}
