/** dense and its gradients by the kernels that suit shape and adapter; dense.wgsl and dense_backward.wgsl suit all. */
import { addingThreads } from "../../gpu/threads.ts"
import type { Tensor } from "../../tensor/tensor.ts"
import { fewLongSums, usesGemm } from "./gemm.ts"
import { multiply } from "./multiply.ts"

/** x [N,F]   w [O,F]   y [N,O] */
export interface DenseSizes {
  n: number
  o: number
  f: number
}

/** Fills y. @param relu whether y goes through a ReLU */
export function runForward(
  { x, w, b, y }: { x: Tensor; w: Tensor; b?: Tensor | null; y: Tensor },
  { n, o, f }: DenseSizes,
  relu: boolean,
): void {
  const { gpu } = x
  const product = { m: n, n: o, k: f }
  const shared = usesGemm(x) && fewLongSums(product)
  if (!shared && multiply({ a: x, b: w, bias: b, y }, product, { bTransposed: true, relu })) return
  const SIZE = addingThreads(gpu)
  const threads = [Math.ceil(o / 4) * SIZE, Math.ceil(n / 4)]
  gpu.run("dense", { x, w, b: b ?? w, y }, { n, o, f }, threads, { SIZE, BIAS: Boolean(b), RELU: relu })
}

/** What a backward is given, and what it is to fill: null where a gradient is not wanted. */
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
export function runBackward(tensors: Gradients, sizes: DenseSizes, relu: boolean): void {
  const { x, w, y, dy, dx, dw, db } = tensors
  const { n, o, f } = sizes
  const gate = relu ? y : null
  const left = { ...tensors }
  if (dx && multiply({ a: dy, b: w, y: dx, gate }, { m: n, n: f, k: o })) left.dx = null
  if (dw && multiply({ a: dy, b: x, y: dw, gate, rows: db }, { m: o, n: f, k: n }, { aTransposed: true })) {
    left.dw = left.db = null
  }
  runPlain(left, sizes, relu)
}

/** All that are wanted at once. */
function runPlain({ dx, dw, db, ...given }: Gradients, { n, o, f }: DenseSizes, relu: boolean): void {
  const { gpu } = given.x
  const threads = (dx ? n * f : 0) + (dw ? o * f : 0) + (db ? o : 0)
  if (threads === 0) return
  const nothing = () => gpu.empty([1])
  const tensors = { ...given, dx: dx ?? nothing(), dw: dw ?? nothing(), db: db ?? nothing() }
  const wanted = { want_dx: Number(dx !== null), want_dw: Number(dw !== null), want_db: Number(db !== null) }
  gpu.run("dense_backward", tensors, { n, o, f, ...wanted }, [threads], { RELU: relu })
}
