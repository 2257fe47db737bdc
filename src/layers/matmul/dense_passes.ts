/**
 * dense and its gradients by the kernels that suit shape and adapter; dense.wgsl and
 * dense_backward.wgsl suit all.
 */
import type { Plan } from "../../gpu/plan.ts"
import { addingThreads } from "../../gpu/threads.ts"
import type { Tensor } from "../../tensor/tensor.ts"
import { planProduct, runProduct } from "./product.ts"

/** x [N,F]   w [O,F]   y [N,O] */
export interface DenseSizes {
  n: number
  o: number
  f: number
}

/** Fills y. @param relu whether y goes through a ReLU */
export function runDense(
  { x, w, b, y }: { x: Tensor; w: Tensor; b?: Tensor | null; y: Tensor },
  { n, o, f }: DenseSizes,
  relu: boolean,
): void {
  const { gpu } = x
  const SIZE = addingThreads(gpu)
  const plain = {
    kernel: "dense",
    params: { n, o, f },
    threads: [Math.ceil(o / 4) * SIZE, Math.ceil(n / 4)],
    consts: { SIZE, BIAS: Boolean(b), RELU: relu },
  }
  const product = { m: n, n: o, k: f, bTransposed: true, bias: Boolean(b), relu }
  const plan = planProduct(gpu, { ...product, plain, shared: true })
  if (plan.kernel === "dense") gpu.runPlan(plan, { x, w, b: b ?? w, y })
  else runProduct(plan, { a: x, b: w, bias: b, y }, product)
}

/** What a backward is given, and what it is to fill: null if a gradient is not wanted. */
interface Gradients {
  x: Tensor
  w: Tensor
  y: Tensor
  dy: Tensor
  dx: Tensor | null
  dw: Tensor | null
  db: Tensor | null
}

/** Fills dx, dw and db. @param relu whether y went through a ReLU */
export function runDenseBackward(tensors: Gradients, { n, o, f }: DenseSizes, relu: boolean): void {
  const { x, w, y, dy, dx, dw, db } = tensors
  const { gpu } = x
  const gate = relu ? y : null
  const plain: Plan = { kernel: "dense_backward", params: { n, o, f }, threads: [], consts: { RELU: relu } }
  const left = { ...tensors }
  const input = { m: n, n: f, k: o, gated: relu }
  const forInput = planProduct(gpu, { ...input, plain })
  if (dx && forInput.kernel !== plain.kernel) {
    runProduct(forInput, { a: dy, b: w, y: dx, gate }, input)
    left.dx = null
  }
  const weight = { m: o, n: f, k: n, aTransposed: true, gated: relu, rows: db !== null }
  const forWeight = planProduct(gpu, { ...weight, plain })
  if (dw && forWeight.kernel !== plain.kernel) {
    runProduct(forWeight, { a: dy, b: x, y: dw, gate, rows: db }, weight)
    left.dw = left.db = null
  }
  runPlain({ ...plain, why: (left.dx ? forInput : forWeight).why }, left)
}

/** All that are wanted at once. */
function runPlain(plan: Plan, { dx, dw, db, ...given }: Gradients): void {
  const { gpu } = given.x
  const { n, o, f } = plan.params
  const threads = (dx ? n * f : 0) + (dw ? o * f : 0) + (db ? o : 0)
  if (threads === 0) return
  const nothing = () => gpu.empty([1])
  const tensors = { ...given, dx: dx ?? nothing(), dw: dw ?? nothing(), db: db ?? nothing() }
  const wanted = { want_dx: Number(dx !== null), want_dw: Number(dw !== null), want_db: Number(db !== null) }
  gpu.runPlan({ ...plan, params: { ...plan.params, ...wanted }, threads: [threads] }, tensors)
}
