/**
 * y[m,n] = sum_k a[m,k] * b[k,n]; da = dy b^T, db = a^T dy. a [M,K]   b [K,N]   y [M,N].
 *
 * The plain kernels, one thread an element, are what to read first; large products get those of multiply.ts.
 */
import { checkRank } from "../../tensor/check.ts"
import { op } from "../../tensor/tape.ts"
import { show, type Tensor } from "../../tensor/tensor.ts"
import { multiply } from "./multiply.ts"

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
    if (!multiply({ a, b, y }, params)) a.gpu.run("matmul", { a, b, y }, params, [y.size])
    return y
  },
  backward(dy, _y, a, b) {
    const params = sizes(a, b)
    const { m, k, n } = params
    const da = a.requiresGrad ? a.gradient() : null
    const db = b.requiresGrad ? b.gradient() : null
    if (da && !multiply({ a: dy, b, y: da }, { m, n: k, k: n }, { bTransposed: true })) {
      a.gpu.run("matmul_backward_a", { b, dy, da }, params, [da.size])
    }
    if (db && !multiply({ a, b: dy, y: db }, { m: k, n, k: m }, { aTransposed: true })) {
      a.gpu.run("matmul_backward_b", { a, dy, db }, params, [db.size])
    }
    return [da, db]
  },
})
