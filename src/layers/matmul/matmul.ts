/**
 * y[m,n] = sum_k a[m,k] * b[k,n]; da = dy b^T, db = a^T dy. a [M,K]   b [K,N]   y [M,N].
 *
 * The plain kernels, one thread an element, are what to read first; large products get those of
 * product.ts.
 */
import { checkRank } from "../../tensor/check.ts"
import { op } from "../../tensor/tape.ts"
import { show, type Tensor } from "../../tensor/tensor.ts"
import { planProduct, runProduct } from "./product.ts"

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
    const plain = { kernel: "matmul", params, threads: [y.size], consts: {} }
    const plan = planProduct(a.gpu, { ...params, plain })
    if (plan.kernel === "matmul") a.gpu.runPlan(plan, { a, b, y })
    else runProduct(plan, { a, b, y }, params)
    return y
  },
  backward(dy, _y, a, b) {
    const params = sizes(a, b)
    const da = a.requiresGrad ? a.gradient() : null
    const db = b.requiresGrad ? b.gradient() : null
    if (da) gradientOfA(b, dy, da, params)
    if (db) gradientOfB(a, dy, db, params)
    return [da, db]
  },
})

function gradientOfA(b: Tensor, dy: Tensor, da: Tensor, params: ReturnType<typeof sizes>): void {
  const { m, k, n } = params
  const product = { m, n: k, k: n, bTransposed: true }
  const plain = { kernel: "matmul_backward_a", params, threads: [da.size], consts: {} }
  const plan = planProduct(b.gpu, { ...product, plain })
  if (plan.kernel === "matmul_backward_a") b.gpu.runPlan(plan, { b, dy, da })
  else runProduct(plan, { a: dy, b, y: da }, product)
}

function gradientOfB(a: Tensor, dy: Tensor, db: Tensor, params: ReturnType<typeof sizes>): void {
  const { m, k, n } = params
  const product = { m: k, n, k: m, aTransposed: true }
  const plain = { kernel: "matmul_backward_b", params, threads: [db.size], consts: {} }
  const plan = planProduct(a.gpu, { ...product, plain })
  if (plan.kernel === "matmul_backward_b") a.gpu.runPlan(plan, { a, dy, db })
  else runProduct(plan, { a, b: dy, y: db }, product)
}
