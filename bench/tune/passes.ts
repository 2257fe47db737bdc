/**
 * Which passes of convolutions a training step takes, and how each is planned, run and verified by
 * itself.
 */
import type { AdapterInfo } from "../../src/gpu/adapter.ts"
import type { Need } from "../../src/gpu/memory.ts"
import type { Sequential } from "../../src/index.ts"
import { bceWithLogits } from "../../src/index.ts"
import { runBackwardInput } from "../../src/layers/conv2d/backward_input.ts"
import { runBackwardWeight } from "../../src/layers/conv2d/backward_weight.ts"
import { planOf } from "../../src/layers/conv2d/choose.ts"
import { runForward } from "../../src/layers/conv2d/forward.ts"
import type { Conv2dSizes, Convolution, ConvolutionPlan, Pass } from "../../src/layers/conv2d/sizes.ts"
import { passKey, readPassKey } from "../../src/layers/conv2d/tune_names.ts"
import { Tensor } from "../../src/tensor/tensor.ts"
import { TensorGpu } from "../../src/tensor/tensor_gpu.ts"
import type { BenchGpu } from "../device.ts"
import type { Outputs, Tensors } from "../ladder.ts"
import { checkConv2d, sizesOf } from "../reference/conv2d_check.ts"
import { checkPooledPlans } from "../reference/conv2d_relu_max_pool2d_check.ts"

/** A pass of a convolution of a network. */
export interface Work {
  pass: Pass
  /** ReLU and pooling belong to it. */
  pool?: boolean
  sizes: Conv2dSizes
}

export const keyOf = (work: Work): string => passKey(work.pass, work)

/** As the candidates are asked. */
const convolutionOf = ({ pass, pool, sizes }: Work): Convolution => ({
  sizes,
  bias: pass === "forward",
  pool,
})

/** The passes of a training step, each shape once, in the order in which they come first. */
export function passesOf(gpu: BenchGpu, network: Sequential, size: number, batch: number): Work[] {
  const asked = new Set<string>()
  // A table that has nothing, and notes what is looked for in it.
  const choices = new Proxy({}, { get: (_, key) => void asked.add(String(key)) })
  const { device } = gpu
  const listener = device.onuncapturederror
  const idle = new TensorGpu({ ...gpu.opened, info: { ...gpu.adapter, tuned: { hash: "", date: "", choices } } })
  // It has taken the device's only ear.
  device.onuncapturederror = listener
  const model = network.to(idle).train()
  // Nothing is made of it: the step as a whole may be more than the memory holds, which is asked
  // for a pass at a time.
  idle.needs(() => {
    const logits = model.forward(idle.empty([batch, 1, size, size]))
    bceWithLogits(logits, idle.empty(logits.shape)).backward()
  })
  return [...asked].map((key) => workOf(key, batch))
}

/** The work that `keyOf` named. */
export function workOf(key: string, batch: number): Work {
  const { pass, pool, c, o, h, w, kernel, stride, padding, ...more } = readPassKey(key)
  return { pass, pool, sizes: sizesOf([batch, c, h, w], o, kernel, stride, padding, kernel, more) }
}

/**
 * What is taken where the table names `variant`, or names nothing; none where convolution and
 * pooling go apart.
 */
export function planFor(work: Work, adapter: AdapterInfo, variant?: string): ConvolutionPlan | undefined {
  const choices: Record<string, string> = variant === undefined ? {} : { [keyOf(work)]: variant }
  return planOf(work.pass, { ...adapter, tuned: { hash: "", date: "", choices } }, convolutionOf(work))
}

/**
 * Between guards against float64. @throws naming the first element that is off, was not written, or
 * lies outside
 */
export function check({ pass, pool, sizes }: Work, gpu: BenchGpu, plan: ConvolutionPlan): Promise<void> {
  const checkPlans = pool ? checkPooledPlans : checkConv2d
  return checkPlans(gpu, sizes, true, { [pass]: plan })
}

/** Dispatches the pass, its outputs being the step's. */
export function run({ pass, pool, sizes }: Work, plan: ConvolutionPlan, { x, w, b, dy, won }: Tensors): Outputs {
  const { gpu } = x
  const like = ({ shape }: Tensor) => gpu.empty(shape)
  switch (pass) {
    case "forward": {
      const y = like(dy)
      runForward(plan, { x, w, b, y, won: pool ? like(dy) : undefined })
      return { y }
    }
    case "input": {
      const dx = like(x)
      runBackwardInput(plan, { w, dy, won: pool ? won : undefined, dx })
      return { dx }
    }
    case "weight": {
      const [dw, db] = [like(w), like(b)]
      runBackwardWeight(plan, { x, dy, won: pool ? won : undefined }, { dw, db }, sizes)
      return { dw, db }
    }
  }
}

/** What the passes of all of them read. */
function inputShapes({ pool, sizes }: Work) {
  const { n, c, h, w, o, oh, ow, kh, kw, groups } = sizes
  const output = pool ? [n, o, oh >> 1, ow >> 1] : [n, o, oh, ow]
  return { x: [n, c, h, w], w: [o, c / groups, kh, kw], b: [o], dy: output, won: output }
}

/** Random inputs of a pass that stay beyond the step. */
export function inputsOf(work: Work, gpu: BenchGpu, drawn: (size: number) => Float32Array): Tensors {
  // Of five windows four have a winner at each of their places, one has none.
  const winners = (size: number) => new Float32Array(Uint32Array.from({ length: size }, (_, i) => i % 5).buffer)
  const tensors = Object.entries(inputShapes(work)).map(([name, shape]) => {
    const size = shape.reduce((product, extent) => product * extent, 1)
    return [name, gpu.persistent(shape, name === "won" ? winners(size) : drawn(size))]
  })
  return Object.fromEntries(tensors)
}

/** More than any of the small shapes takes that candidates are verified on, in bytes. */
const VERIFYING = new Array<number>(8).fill(2 ** 17)

/**
 * The buffers of each of these passes, of so many images: what it reads, what it makes, and the
 * copies by which outputs of all of them come to the host, one of each size, which are kept; and
 * what verifying takes beside them.
 */
export function needsOf(works: Work[], gpu: BenchGpu, n: number): Need[] {
  const batches = works.map((work) => ({ ...work, sizes: { ...work.sizes, n } }))
  const copied = new Set<number>()
  const needs = batches.map((work) =>
    gpu.needs(() => {
      const tensors = Object.entries(inputShapes(work)).map(([name, shape]) => [name, gpu.empty(shape)])
      const plan = planFor(work, gpu.adapter)
      const outputs = plan ? run(work, plan, Object.fromEntries(tensors)) : {}
      for (const output of Object.values(outputs)) if (output instanceof Tensor) copied.add(output.slice.size)
      // The inputs are persistent, and a candidate's outputs end with its step.
      gpu.keepAll()
    }),
  )
  return needs.map((need) => [...need, ...VERIFYING, ...copied])
}
