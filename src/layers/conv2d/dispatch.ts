/** A convolution and its gradients by the kernels that their plans name, in pieces where it is a long one. */
import type { Tensor } from "../../tensor/tensor.ts"
import { overImages, piecesOf, stretches } from "../pieces.ts"
import { planBackwardInput, planBackwardWeight, planForward, planWeightSum } from "./kernels.ts"
import type { Conv2dSizes, Epilogue, Plan } from "./tiles.ts"

/** Fills y. @param plan instead of what the adapter is chosen; its dispatch is not cut */
export function runForward(
  { x, w, b, y }: { x: Tensor; w: Tensor; b: Tensor | null | undefined; y: Tensor },
  sizes: Conv2dSizes,
  { relu, plan }: Pick<Epilogue, "relu"> & { plan?: Plan } = {},
): void {
  const { gpu } = x
  const run = ([x, y]: readonly Tensor[], { kernel, params, threads, consts }: Plan) =>
    gpu.run(kernel, { x, w, b: b ?? w, y }, params, threads, consts)
  if (plan) run([x, y], plan)
  else overImages(sizes, [x, y], (some) => planForward(gpu.adapter, some, { bias: Boolean(b), relu }), run)
}

/** Fills dx. @param plan as above */
export function runBackwardInput(
  { w, dy, dx }: { w: Tensor; dy: Tensor; dx: Tensor },
  sizes: Conv2dSizes,
  plan?: Plan,
): void {
  const { gpu } = w
  const run = ([dy, dx]: readonly Tensor[], { kernel, params, threads, consts }: Plan) => {
    const tensors: Record<string, Tensor> = kernel === "conv2d_tile" ? { x: dy, w, b: w, y: dx } : { w, dy, dx }
    gpu.run(kernel, tensors, params, threads, consts)
  }
  if (plan) run([dy, dx], plan)
  else overImages(sizes, [dy, dx], (some) => planBackwardInput(gpu.adapter, some), run)
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
    runInParts(plan, { x, dy }, sizes, { dw, db })
    return
  }
  if (dw) {
    const { kernel, params, consts } = plan
    for (const [first, count] of stretches(dw.size, piecesOf(gpu.adapter, kernel, sizes)))
      gpu.run(kernel, { x, dy, dw }, { ...params, first }, [count], consts)
  }
  if (db) gpu.run("conv2d_backward_bias", { dy, db }, { n, o, pixels: oh * ow }, [o * 64])
}

/** By a kernel that leaves dw and db in parts, and their sum. */
export function runInParts(
  { kernel, params, threads, consts }: Plan,
  given: Record<string, Tensor>,
  sizes: Conv2dSizes,
  { dw, db }: { dw: Tensor; db: Tensor | null },
): void {
  const { gpu } = dw
  const { splits, o } = params
  const part = gpu.empty([splits, dw.size + o])
  for (const { first, some } of someParts(threads, splits, piecesOf(gpu.adapter, kernel, sizes)))
    gpu.run(kernel, { ...given, part }, { ...params, ...first }, some, consts)
  const sum = planWeightSum(gpu.adapter, { splits, dw: dw.size, o })
  gpu.run(sum.kernel, { part, dw, db: db ?? gpu.empty([o]) }, sum.params, sum.threads, sum.consts)
}

/** Of threads [inputs, outputs, parts], some parts at a time or, where there are too few of them, some outputs of one. Of those in one row all outputs. */
function someParts(threads: readonly number[], splits: number, pieces: number) {
  const parts = stretches(splits, pieces)
  if (threads.length === 1)
    return parts.map(([first_split, count]) => ({ first: { first_split }, some: [(threads[0] / splits) * count] }))
  const [inputs, outputs] = threads
  const channels = stretches(outputs, pieces / parts.length)
  return parts.flatMap(([first_split, count]) =>
    channels.map(([first_channels, most]) => ({ first: { first_split, first_channels }, some: [inputs, most, count] })),
  )
}
