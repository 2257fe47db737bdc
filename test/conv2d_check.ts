/** Runs convolution kernels between guards and compares every element with float64; for tests and the benchmark. */
import {
  type Conv2dSizes,
  type Plan,
  planBackwardInput,
  planBackwardWeight,
  planForward,
} from "../src/layers/conv2d_kernels.ts"
import { type Shape, sizeOf, type Tensor } from "../src/tensor/tensor.ts"
import type { TensorGpu } from "../src/tensor/tensor_gpu.ts"
import { conv2dReference } from "./conv2d_reference.ts"
import { compare, draw, type Plain, plain } from "./gradcheck.ts"
import { guarded } from "./guarded.ts"

interface Conv2dPlans {
  forward?: Plan
  input?: Plan
  weight?: Plan
}

export function sizesOf([n, c, h, w]: Shape, o: number, k: number, stride: number, padding: number): Conv2dSizes {
  const out = (extent: number) => Math.floor((extent + 2 * padding - k) / stride) + 1
  return { n, c, h, w, o, oh: out(h), ow: out(w), kh: k, kw: k, stride, padding }
}

/** The tensors of a plan for the input gradient: conv2d_tile calls them otherwise. */
export const inputTensors = (plan: Plan, w: Tensor, dy: Tensor, dx: Tensor): Record<string, Tensor> =>
  plan.kernel === "conv2d_tile" ? { x: dy, w, b: w, y: dx } : { w, dy, dx }

/** Throws naming the first element that is off, was not written, or lies outside. */
export async function checkConv2d(
  gpu: TensorGpu,
  sizes: Conv2dSizes,
  bias: boolean,
  plans: Conv2dPlans,
): Promise<void> {
  const { n, c, h, w, o, oh, ow, kh } = sizes
  const given = (shape: Shape, seed: number) => plain(shape, draw(shape, seed))
  const [x, weight, dy] = [given([n, c, h, w], 1), given([o, c, kh, kh], 2), given([n, o, oh, ow], 3)]
  const b = bias ? given([o], 4) : plain([o])
  const expected = conv2dReference(x, weight, b, dy, sizes)
  const on = ({ shape, data }: Plain) => guarded(gpu, shape, data).tensor
  const t = { x: on(x), w: on(weight), b: on(b), dy: on(dy) }
  const run = ({ kernel, params, threads, consts }: Plan, tensors: Record<string, Tensor>) =>
    gpu.run(kernel, tensors, params, threads, consts)
  const label = { name: `conv2d ${JSON.stringify(sizes)}`, terms: c * kh * kh + o * kh * kh + n * oh * ow }

  if (plans.forward) {
    const y = guarded(gpu, dy.shape)
    run(plans.forward, { x: t.x, w: t.w, b: t.b, y: y.tensor })
    compare(label, "y", await y.read(), expected.y)
  }
  if (plans.input) {
    const dx = guarded(gpu, x.shape)
    run(plans.input, inputTensors(plans.input, t.w, t.dy, dx.tensor))
    compare(label, "dx", await dx.read(), expected.dx)
  }
  if (plans.weight) {
    const [dw, db] = [guarded(gpu, weight.shape), guarded(gpu, [o])]
    const { splits } = plans.weight.params
    if (splits) {
      const taps = sizeOf(weight.shape)
      const part = guarded(gpu, [splits, taps + o])
      run(plans.weight, { x: t.x, dy: t.dy, part: part.tensor })
      await part.read()
      const tensors = { part: part.tensor, dw: dw.tensor, db: db.tensor }
      gpu.run("conv2d_backward_weight_sum", tensors, { splits, dw: taps, o }, [taps + o])
      compare(label, "db", await db.read(), expected.db)
    } else run(plans.weight, { x: t.x, dy: t.dy, dw: dw.tensor })
    compare(label, "dw", await dw.read(), expected.dw)
  }
  gpu.endStep()
}

type Which = keyof Conv2dPlans

/**
 * Checks the kernels that a software adapter with subgroups gets for a shape.
 *
 * @param which of them, all unless given
 * @returns their names
 */
export async function checkPlanned(
  gpu: TensorGpu,
  sizes: Conv2dSizes,
  bias: boolean,
  which: Which[] = ["forward", "input", "weight"],
): Promise<string[]> {
  const adapter = { kind: "software", subgroups: true } as const
  const plans: Record<Which, Plan> = {
    forward: planForward(adapter, sizes, bias),
    input: planBackwardInput(adapter, sizes),
    weight: planBackwardWeight(adapter, sizes),
  }
  await checkConv2d(gpu, sizes, bias, Object.fromEntries(which.map((gradient) => [gradient, plans[gradient]])))
  return which.map((gradient) => plans[gradient].kernel)
}
