/** y = a * b, element by element; da = dy * b, db = dy * a. a, b, y: one shape. */
import { checkShape } from "../tensor/check.ts"
import { overRows } from "../tensor/rows.ts"
import { op } from "../tensor/tape.ts"
import { show, type Tensor } from "../tensor/tensor.ts"

/** y, filled: a * b. */
export function multiply(a: Tensor, b: Tensor, y: Tensor): Tensor {
  overRows([a, b, y], ([a, b, y]) => a.gpu.run("binary", { a, b, y }, { n: y.size }, [y.size], { MUL: true }))
  return y
}

export const mul = op("mul", {
  forward(a: Tensor, b: Tensor) {
    checkShape("mul", "b", b, a.shape, `nothing is broadcast: a ${show(a.shape)}`)
    return multiply(a, b, a.gpu.empty(a.shape))
  },
  backward(dy, _y, a, b) {
    const da = a.requiresGrad ? multiply(dy, b, a.gradient()) : null
    const db = b.requiresGrad ? multiply(dy, a, b.gradient()) : null
    return [da, db]
  },
})
