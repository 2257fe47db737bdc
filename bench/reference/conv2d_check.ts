/**
 * Runs convolution kernels between guards and compares every element with float64; for tests and
 * the benchmark.
 */
import type { Adapter } from "../../src/gpu/plan.ts"
import { runBackwardInput } from "../../src/layers/conv2d/backward_input.ts"
import { planSum } from "../../src/layers/conv2d/backward_weight.ts"
import { planOf } from "../../src/layers/conv2d/choose.ts"
import { runForward } from "../../src/layers/conv2d/forward.ts"
import type { Conv2dSizes, ConvolutionPlan, Pass } from "../../src/layers/conv2d/sizes.ts"
import { type Shape, sizeOf, type Tensor } from "../../src/tensor/tensor.ts"
import type { TensorGpu } from "../../src/tensor/tensor_gpu.ts"
import { conv2dReference } from "./conv2d_reference.ts"
import { compare, draw, type Plain, plain } from "./gradcheck.ts"
import { guarded } from "./guarded.ts"

export type Plans = { [pass in Pass]?: ConvolutionPlan }

/**
 * @param kw the window's width, its height unless given
 */
export function sizesOf(
  [n, c, h, w]: Shape,
  o: number,
  kh: number,
  stride: number,
  padding: number,
  kw = kh,
  { dilation = 1, groups = 1 } = {},
): Conv2dSizes {
  const out = (extent: number, k: number) => Math.floor((extent + 2 * padding - dilation * (k - 1) - 1) / stride) + 1
  return { n, c, h, w, o, oh: out(h, kh), ow: out(w, kw), kh, kw, stride, padding, dilation, groups }
}

/** Throws naming the first element that is off, was not written, or lies outside. */
export async function checkConv2d(gpu: TensorGpu, sizes: Conv2dSizes, bias: boolean, plans: Plans): Promise<void> {
  const { n, c, h, w, o, oh, ow, kh, kw, groups } = sizes
  const given = (shape: Shape, seed: number) => plain(shape, draw(shape, seed))
  const [x, weight, dy] = [given([n, c, h, w], 1), given([o, c / groups, kh, kw], 2), given([n, o, oh, ow], 3)]
  const b = bias ? given([o], 4) : plain([o])
  const expected = conv2dReference(x, weight, b, dy, sizes)
  const on = ({ shape, data }: Plain) => guarded(gpu, shape, data).tensor
  const t = { x: on(x), w: on(weight), b: on(b), dy: on(dy) }
  const label = { name: `conv2d ${JSON.stringify(sizes)}`, terms: (c + o) * kh * kw + n * oh * ow }

  if (plans.forward) {
    const y = guarded(gpu, dy.shape)
    runForward(plans.forward, { ...t, y: y.tensor })
    compare(label, "y", await y.read(), expected.y)
  }
  if (plans.input) {
    const dx = guarded(gpu, x.shape)
    runBackwardInput(plans.input, { w: t.w, dy: t.dy, dx: dx.tensor })
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
  plan: ConvolutionPlan,
  given: { x: Tensor; dy: Tensor; won?: Tensor },
  shape: Shape,
): Promise<{ dw: Float32Array; db?: Float32Array }> {
  const [dw, db] = [guarded(gpu, shape), guarded(gpu, [shape[0]])]
  const { parts: splits } = plan
  if (!splits) {
    gpu.runPlan(plan, { ...given, dw: dw.tensor })
    return { dw: await dw.read() }
  }
  const [taps, o] = [sizeOf(shape), shape[0]]
  const part = guarded(gpu, [splits, taps + o])
  const tensors = plan.bindsWon ? { won: given.dy, ...given } : given
  gpu.runPlan(plan, { ...tensors, part: part.tensor })
  await part.read()
  const adapter = plan.kernel.endsWith("_gemm") ? GPU : tiledAdapter(gpu)
  gpu.runPlan(planSum(adapter, { splits, dw: taps, o }), { part: part.tensor, dw: dw.tensor, db: db.tensor })
  return { dw: await dw.read(), db: await db.read() }
}

/**
 * What the kernels by tiles are for: an adapter with subgroups of one size, taken for a processor.
 */
export const tiledAdapter = ({ adapter }: TensorGpu): Adapter => ({
  kind: "software",
  subgroupSize: adapter.subgroupSize,
})

export const GPU: Adapter = { kind: "gpu", subgroupSize: 0 }

/**
 * Checks the kernels that an adapter gets for a shape, a software adapter with subgroups unless
 * given.
 *
 * @param which of them, all unless given
 * @returns their names
 */
export async function checkPlanned(
  gpu: TensorGpu,
  sizes: Conv2dSizes,
  bias: boolean,
  which: Pass[] = ["forward", "input", "weight"],
  adapter = tiledAdapter(gpu),
): Promise<string[]> {
  const plans = Object.fromEntries(which.map((pass) => [pass, planOf(pass, adapter, { sizes, bias })!]))
  await checkConv2d(gpu, sizes, bias, plans)
  return Object.values(plans).map(({ kernel }) => kernel)
}
