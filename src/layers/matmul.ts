/**
 * y[m,n] = sum_k a[m,k] * b[k,n]; da = dy b^T, db = a^T dy. a [M,K]   b [K,N]   y [M,N].
 *
 * The plain kernels, one thread an element, are what to read first; a GPU gets gemm.wgsl.
 */
import { checkRank } from "../tensor/check.ts"
import { op } from "../tensor/tape.ts"
import { show, type Tensor } from "../tensor/tensor.ts"
import { gemm, usesGemm } from "./gemm.ts"

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
    if (usesGemm(a)) gemm({ a, b, y }, params)
    else a.gpu.run("matmul", { a, b, y }, params, [y.size])
    return y
  },
  backward(dy, _y, a, b) {
    const params = sizes(a, b)
    const { m, k, n } = params
    const da = a.requiresGrad ? a.gradient() : null
    const db = b.requiresGrad ? b.gradient() : null
    if (usesGemm(a)) {
      if (da) gemm({ a: dy, b, y: da }, { m, n: k, k: n }, { bTransposed: true })
      if (db) gemm({ a, b: dy, y: db }, { m: k, n, k: m }, { aTransposed: true })
      return [da, db]
    }
    if (da) a.gpu.run("matmul_backward_a", { b, dy, da }, params, [da.size])
    if (db) a.gpu.run("matmul_backward_b", { a, dy, db }, params, [db.size])
    return [da, db]
  },
})
