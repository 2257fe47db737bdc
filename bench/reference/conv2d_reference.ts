/** Convolution and its gradients in float64, for shapes too large for central differences. */
import { type Plain, plain } from "./gradcheck.ts"

/**
 * Returns y and, for the cotangent dy, the gradients dx, dw and db of the formula in
 * src/layers/conv2d/conv2d.ts: one loop over all its products.
 */
export function conv2dReference(
  x: Plain,
  w: Plain,
  b: Plain,
  dy: Plain,
  { stride, padding, dilation, groups }: Record<"stride" | "padding" | "dilation" | "groups", number>,
): { y: Plain; dx: Plain; dw: Plain; db: Plain } {
  const [N, C, H, W] = x.shape
  const [O, CG, KH, KW] = w.shape
  const [, , OH, OW] = dy.shape
  const y = plain(dy.shape)
  const [dx, dw, db] = [plain(x.shape), plain(w.shape), plain([O])]
  let at = 0
  for (let n = 0; n < N; n++)
    for (let o = 0; o < O; o++)
      for (let i = 0; i < OH; i++)
        for (let j = 0; j < OW; j++, at++) {
          y.data[at] = b.data[o]
          db.data[o] += dy.data[at]
          const c0 = Math.floor(o / (O / groups)) * CG
          for (let c = 0; c < CG; c++)
            for (let p = 0; p < KH; p++)
              for (let q = 0; q < KW; q++) {
                const r = i * stride + p * dilation - padding
                const s = j * stride + q * dilation - padding
                if (r < 0 || r >= H || s < 0 || s >= W) continue
                const tap = ((o * CG + c) * KH + p) * KW + q
                const pixel = ((n * C + c0 + c) * H + r) * W + s
                y.data[at] += w.data[tap] * x.data[pixel]
                dx.data[pixel] += w.data[tap] * dy.data[at]
                dw.data[tap] += x.data[pixel] * dy.data[at]
              }
        }
  return { y, dx, dw, db }
}
