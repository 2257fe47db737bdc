/**
 * A map as large as the image: y[n,i,j] is x[n] at ((i + 0.5) H/OH - 0.5, (j + 0.5) W/OW - 0.5),
 * bilinear between the four pixels around; beyond the centres of the outermost ones their values go
 * on. x [N,H,W]   y [N,OH,OW].
 *
 * As https://pytorch.org/docs/stable/generated/torch.nn.functional.interpolate.html,
 * mode="bilinear", align_corners=False. Nothing is noted for backward.
 */
import { checkRank, checkWhole } from "../tensor/check.ts"
import type { Tensor } from "../tensor/tensor.ts"

export function upsample(x: Tensor, oh: number, ow: number): Tensor {
  checkRank("upsample", "x", x, 3)
  const [n, h, w] = x.shape
  checkWhole("upsample", "oh", oh, 1)
  checkWhole("upsample", "ow", ow, 1)
  const y = x.gpu.empty([n, oh, ow])
  x.gpu.run("upsample", { x, y }, { planes: n, h, w, oh, ow }, [y.size])
  return y
}
