/**
 * y = sum_i x[i], or with 1/n before it; dx[i] = dy, or dy / n. x: any shape   y: a single number,
 * shape [].
 */
import { op } from "../tensor/tape.ts"
import type { Tensor } from "../tensor/tensor.ts"

/** Elements that one workgroup of sum.wgsl adds up. */
const BLOCK = 4096

/**
 * scale * sum_i x[i] as a tensor of shape []: blocks, then blocks of blocks, always in the same
 * order.
 */
export function total(x: Tensor, scale = 1): Tensor {
  const groups = Math.ceil(x.size / BLOCK)
  const y = x.gpu.empty(groups > 1 ? [groups] : [])
  const params = { n: x.size, scale: groups > 1 ? 1 : scale }
  x.gpu.run("sum", { x, y }, params, [groups * 64], { BLOCK })
  return groups > 1 ? total(y, scale) : y
}

function spread(dy: Tensor, x: Tensor, scale: number): Tensor {
  const dx = x.gradient()
  x.gpu.run("sum_backward_input", { dy, dx }, { n: x.size, scale }, [x.size])
  return dx
}

export const sum = op("sum", {
  forward(x: Tensor) {
    return total(x)
  },
  backward(dy, _y, x) {
    return [spread(dy, x, 1)]
  },
})

export const mean = op("mean", {
  forward(x: Tensor) {
    return total(x, 1 / x.size)
  },
  backward(dy, _y, x) {
    return [spread(dy, x, 1 / x.size)]
  },
})
