/** y[m,n] = sum_k a[m,k] * b[k,n]; da = dy b^T, db = a^T dy. a [M,K]   b [K,N]   y [M,N]. */
import { checkRank } from "../tensor/check.ts"
import { op } from "../tensor/tape.ts"
import { show, type Tensor } from "../tensor/tensor.ts"

function sizes(a: Tensor, b: Tensor) {
  checkRank("matmul", "a", a, 2)
  checkRank("matmul", "b", b, 2)
  const [m, k] = a.shape
  const [rows, n] = b.shape
  if (rows !== k) throw new Error(`matmul: a has ${k} columns ${show(a.shape)}, b has ${rows} rows ${show(b.shape)}`)
  return { m, k, n }
}

export const matmul = op("matmul", {
  forward(a: Tensor, b: Tensor) {
    const params = sizes(a, b)
    const y = a.gpu.empty([params.m, params.n])
    a.gpu.run("matmul", { a, b, y }, params, [y.size])
    return y
  },
  backward(dy, _y, a, b) {
    const da = a.requiresGrad ? a.gradient() : null
    if (da) a.gpu.run("matmul_backward_a", { b, dy, da }, sizes(a, b), [da.size])
    const db = b.requiresGrad ? b.gradient() : null
    if (db) a.gpu.run("matmul_backward_b", { a, dy, db }, sizes(a, b), [db.size])
    return [da, db]
  },
})
