/** A convolution and its gradients by the kernels that their plans name. */
import type { Tensor } from "../tensor/tensor.ts"
import { planBackwardInput, planBackwardWeight, planForward, planWeightSum } from "./conv2d_kernels.ts"
import type { Conv2dSizes, Epilogue, Plan } from "./conv2d_tiles.ts"

/** Fills y. */
export function runForward(
  { x, w, b, y }: { x: Tensor; w: Tensor; b: Tensor | null | undefined; y: Tensor },
  sizes: Conv2dSizes,
  { relu, plan }: Pick<Epilogue, "relu"> & { plan?: Plan } = {},
): void {
  const { kernel, params, threads, consts } = plan ?? planForward(x.gpu.adapter, sizes, { bias: Boolean(b), relu })
  x.gpu.run(kernel, { x, w, b: b ?? w, y }, params, threads, consts)
}

/** Fills dx. */
export function runBackwardInput(
  { w, dy, dx }: { w: Tensor; dy: Tensor; dx: Tensor },
  sizes: Conv2dSizes,
  plan = planBackwardInput(w.gpu.adapter, sizes),
): void {
  const { kernel, params, threads, consts } = plan
  const tensors: Record<string, Tensor> = kernel === "conv2d_tile" ? { x: dy, w, b: w, y: dx } : { w, dy, dx }
  w.gpu.run(kernel, tensors, params, threads, consts)
}

/** Fills dw and db, those that are wanted. */
export function runBackwardParameters(
  { x, dy, dw, db }: { x: Tensor; dy: Tensor; dw: Tensor | null; db: Tensor | null },
  sizes: Conv2dSizes,
  plan = planBackwardWeight(x.gpu.adapter, sizes),
): void {
  const { gpu } = x
  const { n, o, oh, ow } = sizes
  if (dw && plan.params.splits) {
    runInParts(plan, { x, dy }, dw, db)
    return
  }
  if (dw) gpu.run(plan.kernel, { x, dy, dw }, plan.params, plan.threads, plan.consts)
  if (db) gpu.run("conv2d_backward_bias", { dy, db }, { n, o, pixels: oh * ow }, [o * 64])
}

/** By a kernel that leaves dw and db in parts, and their sum. */
export function runInParts(
  { kernel, params, threads, consts }: Plan,
  given: Record<string, Tensor>,
  dw: Tensor,
  db: Tensor | null,
): void {
  const { gpu } = dw
  const { splits, o } = params
  const part = gpu.empty([splits, dw.size + o])
  gpu.run(kernel, { ...given, part }, params, threads, consts)
  const sum = planWeightSum(gpu.adapter, { splits, dw: dw.size, o })
  gpu.run(sum.kernel, { part, dw, db: db ?? gpu.empty([o]) }, sum.params, sum.threads, sum.consts)
}
