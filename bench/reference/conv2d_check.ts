/** Runs convolution kernels between guards and compares every element with float64; for tests and the benchmark. */
import { runBackwardInput, runForward } from "../../src/layers/conv2d/dispatch.ts"
import {
  type Adapter,
  type Conv2dSizes,
  type Plan,
  planBackwardInput,
  planBackwardWeight,
  planForward,
  planWeightSum,
} from "../../src/layers/conv2d/kernels.ts"
import { type Shape, sizeOf, type Tensor } from "../../src/tensor/tensor.ts"
import type { TensorGpu } from "../../src/tensor/tensor_gpu.ts"
import { conv2dReference } from "./conv2d_reference.ts"
import { compare, draw, type Plain, plain } from "./gradcheck.ts"
import { guarded } from "./guarded.ts"

interface Conv2dPlans {
  forward?: Plan
  input?: Plan
  weight?: Plan
}

/** @param kw the window's width, its height unless given */
export function sizesOf(
  [n, c, h, w]: Shape,
  o: number,
  kh: number,
  stride: number,
  padding: number,
  kw = kh,
): Conv2dSizes {
  const out = (extent: number, k: number) => Math.floor((extent + 2 * padding - k) / stride) + 1
  return { n, c, h, w, o, oh: out(h, kh), ow: out(w, kw), kh, kw, stride, padding }
}

/** Throws naming the first element that is off, was not written, or lies outside. */
export async function checkConv2d(
  gpu: TensorGpu,
  sizes: Conv2dSizes,
  bias: boolean,
  plans: Conv2dPlans,
): Promise<void> {
  const { n, c, h, w, o, oh, ow, kh, kw } = sizes
  const given = (shape: Shape, seed: number) => plain(shape, draw(shape, seed))
  const [x, weight, dy] = [given([n, c, h, w], 1), given([o, c, kh, kw], 2), given([n, o, oh, ow], 3)]
  const b = bias ? given([o], 4) : plain([o])
  const expected = conv2dReference(x, weight, b, dy, sizes)
  const on = ({ shape, data }: Plain) => guarded(gpu, shape, data).tensor
  const t = { x: on(x), w: on(weight), b: on(b), dy: on(dy) }
  const label = { name: `conv2d ${JSON.stringify(sizes)}`, terms: (c + o) * kh * kw + n * oh * ow }

  if (plans.forward) {
    const y = guarded(gpu, dy.shape)
    runForward({ ...t, y: y.tensor }, sizes, { plan: plans.forward })
    compare(label, "y", await y.read(), expected.y)
  }
  if (plans.input) {
    const dx = guarded(gpu, x.shape)
    runBackwardInput({ ...t, dx: dx.tensor }, sizes, plans.input)
    compare(label, "dx", await dx.read(), expected.dx)
  }
  if (plans.weight) {
    const { dw, db } = await parameterGradients(gpu, plans.weight, { x: t.x, dy: t.dy }, weight.shape)
    if (db) compare(label, "db", db, expected.db)
    compare(label, "dw", dw, expected.dw)
  }
  gpu.endStep()
}

/** dw, and db where the kernel gives it, with guards around each buffer, the parts included. */
export async function parameterGradients(
  gpu: TensorGpu,
  { kernel, params, threads, consts }: Plan,
  given: Record<string, Tensor>,
  shape: Shape,
): Promise<{ dw: Float32Array; db?: Float32Array }> {
  const [dw, db] = [guarded(gpu, shape), guarded(gpu, [shape[0]])]
  const { splits } = params
  if (!splits) {
    gpu.run(kernel, { ...given, dw: dw.tensor }, params, threads, consts)
    return { dw: await dw.read() }
  }
  const [taps, o] = [sizeOf(shape), shape[0]]
  const part = guarded(gpu, [splits, taps + o])
  gpu.run(kernel, { ...given, part: part.tensor }, params, threads, consts)
  await part.read()
  const kind = kernel.endsWith("_gemm") ? "gpu" : "software"
  const sum = planWeightSum({ kind }, { splits, dw: taps, o })
  const tensors = { part: part.tensor, dw: dw.tensor, db: db.tensor }
  gpu.run(sum.kernel, tensors, sum.params, sum.threads, sum.consts)
  return { dw: await dw.read(), db: await db.read() }
}

export type Which = "forward" | "input" | "weight"

/** What the kernels by tiles are for: an adapter with subgroups of one size, taken for a processor. */
export const tiledAdapter = ({ adapter }: TensorGpu): Adapter => ({
  kind: "software",
  subgroupSize: adapter.subgroupSize,
})

export const GPU: Adapter = { kind: "gpu", subgroupSize: 0 }

/**
 * Checks the kernels that an adapter gets for a shape, a software adapter with subgroups unless given.
 *
 * @param which of them, all unless given
 * @returns their names
 */
export async function checkPlanned(
  gpu: TensorGpu,
  sizes: Conv2dSizes,
  bias: boolean,
  which: Which[] = ["forward", "input", "weight"],
  adapter = tiledAdapter(gpu),
): Promise<string[]> {
  const plans: Record<Which, Plan> = {
    forward: planForward(adapter, sizes, { bias }),
    input: planBackwardInput(adapter, sizes),
    weight: planBackwardWeight(adapter, sizes),
  }
  await checkConv2d(gpu, sizes, bias, Object.fromEntries(which.map((gradient) => [gradient, plans[gradient]])))
  return which.map((gradient) => plans[gradient].kernel)
}
