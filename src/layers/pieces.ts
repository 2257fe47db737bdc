/**
 * Long sums in pieces: none should take more than 200 ms on the slowest adapter, see src/tensor/rows.ts. Of one image none is
 * cut, nor of so few that the next would begin where nothing can be bound. How many pieces that makes is reckoned from
 * multiply-adds and not measured: a run repeats bit for bit.
 */
import type { AdapterInfo } from "../gpu/adapter.ts"
import { inStretches, rowsAtOnce } from "../tensor/rows.ts"
import type { Tensor } from "../tensor/tensor.ts"
import type { Conv2dSizes, Plan } from "./conv2d/tiles.ts"

type Kind = Pick<AdapterInfo, "kind">

/**
 * Multiply-adds of about 100 ms. SwiftShader on two cores does 2.5 a nanosecond in kernels by tiles, in those for few
 * channels half as many, and 0.12 in plain ones (`npx cnn bench conv2d_forward`, 2026-11-24). Of GPUs these are a guess at
 * the slowest that is in use.
 */
const MOST = { software: { plain: 12e6, few: 100e6, others: 200e6 }, gpu: { plain: 200e6, few: 1e9, others: 2e9 } }

const PLAIN = new Set(["conv2d", "conv2d_backward_input", "conv2d_backward_weight"])

const speedOf = (kernel: string) => (PLAIN.has(kernel) ? "plain" : kernel.endsWith("_few") ? "few" : "others")

/** Of a convolution, of either of its gradients as well. */
const multiplyAdds = ({ n, o, oh, ow, c, kh, kw }: Conv2dSizes): number => n * o * oh * ow * c * kh * kw

/** In how many pieces a kernel should do a convolution or one of its gradients. */
export function piecesOf({ kind }: Kind, kernel: string, sizes: Conv2dSizes): number {
  return Math.ceil(multiplyAdds(sizes) / MOST[kind][speedOf(kernel)])
}

/** The same of a product of matrices by tiles, which only processors get. */
export const piecesOfTiles = (multiplyAdds: number): number => Math.ceil(multiplyAdds / MOST.software.others)

/**
 * Has `run` do a convolution some images at a time, one at least: of a single image none is cut.
 *
 * @param tensors those with a row an image
 * @param planOf of a convolution of fewer images
 * @param run is given the rows of some images, and the plan of that many
 */
export function overImages(
  sizes: Conv2dSizes,
  tensors: readonly Tensor[],
  planOf: (sizes: Conv2dSizes) => Plan,
  run: (tensors: readonly Tensor[], plan: Plan) => void,
): void {
  const { n } = sizes
  const plan = planOf(sizes)
  const pieces = piecesOf(tensors[0].gpu.adapter, plan.kernel, sizes)
  const most = pieces === 1 ? n : rowsAtOnce(n / pieces, tensors)
  inStretches(tensors, most, (rows) => {
    const [count] = rows[0].shape
    run(rows, count === n ? plan : planOf({ ...sizes, n: count }))
  })
}

/** `[first, count]` of about so many pieces that `total` is cut into, of one thing each at least. */
export function stretches(total: number, pieces: number): [first: number, count: number][] {
  const most = Math.max(1, Math.round(total / Math.max(1, pieces)))
  return Array.from({ length: Math.ceil(total / most) }, (_, i) => [i * most, Math.min(most, total - i * most)])
}
