/** Floating-point operations, of convolutions and matrix products only; a multiply-add is two. */
import type { Consts } from "../src/gpu/kernel.ts"
import type { Sequential } from "../src/layers/sequential.ts"
import type { Shape } from "../src/tensor/tensor.ts"

/**
 * The FLOPs of a training step. Each convolution and dense layer costs as much for the gradient of
 * its input and for that of its weights as forward; the first layer's input gets no gradient.
 */
export function trainingFlops(model: Sequential, input: Shape): number {
  const costs = model.summary(input).rows.map(({ multiplyAdds }) => 2 * multiplyAdds)
  return 3 * costs.reduce((sum, cost) => sum + cost, 0) - costs[0]
}

/** What gathers, adds up or moves, beside a kernel that multiplies. */
const BESIDE = /_(bias|sum\w*|pad|transpose)$/

/**
 * The FLOPs of a dispatch, from the names that sizes have in all shaders. The gradient of a
 * convolution's input counts as its forward.
 *
 * @returns undefined for kernels that are neither convolution nor product
 */
export function dispatchFlops(
  kernel: string,
  params: Readonly<Record<string, number>>,
  consts: Consts,
): number | undefined {
  if (BESIDE.test(kernel)) return undefined
  const sizes: Record<string, number> = { ...(consts as Record<string, number>), ...params }
  // A dispatch in pieces: all of it counts with the first.
  if (sizes.first > 0 || sizes.first_split > 0 || sizes.first_channels > 0) return 0
  if (kernel.startsWith("conv2d")) return 2 * convolution(kernel, sizes)
  const { m, k, n, o, f } = sizes
  if (kernel === "dense_backward") return 2 * n * o * f * (sizes.want_dx + sizes.want_dw)
  if (kernel.startsWith("dense")) return 2 * n * o * f
  if (/^(matmul|gemm)/.test(kernel)) return 2 * m * k * n
  return undefined
}

function convolution(kernel: string, sizes: Record<string, number>): number {
  const { n, h, w, ph, pw, K } = sizes
  const { c = sizes.C, kh = sizes.KH ?? K, kw = sizes.KW ?? K, oh = 2 * ph, ow = 2 * pw } = sizes
  // A depthwise kernel has as many outputs as inputs, each of one.
  const { o = c, groups = kernel.endsWith("_depthwise") ? c : 1 } = sizes
  // conv2d_tile over dy, with the kernel turned round: what it calls x is dy.
  const pixels = kernel === "conv2d_tile" && sizes.flip ? h * w : oh * ow
  return ((n * o * c) / groups) * kh * kw * pixels
}
