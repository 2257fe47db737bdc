/** Which passes of convolutions a training step takes, and how each is planned, run and verified by itself. */
import type { AdapterInfo } from "../../src/gpu/adapter.ts"
import type { Need } from "../../src/gpu/memory.ts"
import type { Sequential } from "../../src/index.ts"
import { bceWithLogits } from "../../src/index.ts"
import { runBackwardInput, runBackwardParameters, runForward, runInParts } from "../../src/layers/conv2d/dispatch.ts"
import * as alone from "../../src/layers/conv2d/kernels.ts"
import * as pooled from "../../src/layers/conv2d/pooled_kernels.ts"
import type { Conv2dSizes, Plan } from "../../src/layers/conv2d/tiles.ts"
import { type Pass, passKey, readPassKey } from "../../src/layers/conv2d/variants.ts"
import { Tensor } from "../../src/tensor/tensor.ts"
import { TensorGpu } from "../../src/tensor/tensor_gpu.ts"
import type { BenchGpu } from "../device.ts"
import type { Outputs, Tensors } from "../ladder.ts"
import { checkConv2d, sizesOf } from "../reference/conv2d_check.ts"
import { checkPooledPlans } from "../reference/conv2d_relu_max_pool2d_check.ts"

/** A pass of a convolution of a network. */
export interface Work {
  pass: Pass
  sizes: Conv2dSizes
}

export const keyOf = ({ pass, sizes }: Work): string => passKey(pass, sizes)

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
  // Nothing is made of it: the step as a whole may be more than the memory holds, which is asked for a pass at a time.
  idle.needs(() => {
    const logits = model.forward(idle.empty([batch, 1, size, size]))
    bceWithLogits(logits, idle.empty(logits.shape)).backward()
  })
  return [...asked].map((key) => workOf(key, batch))
}

function workOf(key: string, batch: number): Work {
  const { pass, c, o, h, w, kernel, stride, padding } = readPassKey(key)
  return { pass, sizes: sizesOf([batch, c, h, w], o, kernel, stride, padding) }
}

/** What is taken where the table names `variant`, or names nothing; none where convolution and pooling go apart. */
export function planOf({ pass, sizes }: Work, adapter: AdapterInfo, variant?: string): Plan | undefined {
  const choices: Record<string, string> = variant === undefined ? {} : { [passKey(pass, sizes)]: variant }
  const given = { ...adapter, tuned: { hash: "", date: "", choices } }
  switch (pass) {
    case "forward":
      return alone.planForward(given, sizes, { bias: true })
    case "input":
      return alone.planBackwardInput(given, sizes)
    case "weight":
      return alone.planBackwardWeight(given, sizes)
    case "pooled forward":
      return pooled.planForward(given, sizes, true)
    case "pooled input":
      return pooled.planBackwardInput(given, sizes)
    case "pooled weight":
      return pooled.planBackwardWeight(given, sizes)
  }
}

/** Between guards against float64. @throws naming the first element that is off, was not written, or lies outside */
export function check({ pass, sizes }: Work, gpu: BenchGpu, plan: Plan): Promise<void> {
  const which = pass.replace("pooled ", "") as "forward" | "input" | "weight"
  const checkPlans = pass.startsWith("pooled") ? checkPooledPlans : checkConv2d
  return checkPlans(gpu, sizes, true, { [which]: plan })
}

/** Dispatches the pass, its outputs being the step's. */
export function run({ pass, sizes }: Work, plan: Plan, { x, w, b, dy, won }: Tensors): Outputs {
  const { gpu } = x
  const like = ({ shape }: Tensor) => gpu.empty(shape)
  const dispatch = (tensors: Tensors) => gpu.run(plan.kernel, tensors, plan.params, plan.threads, plan.consts)
  switch (pass) {
    case "forward": {
      const y = like(dy)
      runForward({ x, w, b, y }, sizes, { plan })
      return { y }
    }
    case "input": {
      const dx = like(x)
      runBackwardInput({ w, dy, dx }, sizes, plan)
      return { dx }
    }
    case "pooled forward": {
      const [y, won] = [like(dy), like(dy)]
      dispatch({ x, w, b, y, won })
      return { y }
    }
    case "pooled input": {
      const dx = like(x)
      dispatch({ w, dy, won, dx })
      return { dx }
    }
    default: {
      const [dw, db] = [like(w), like(b)]
      if (pass === "weight") runBackwardParameters({ x, dy, dw, db }, sizes, plan)
      else runInParts(plan, { x, dy, won }, sizes, { dw, db })
      return { dw, db }
    }
  }
}

/** What the passes of all of them read. */
function inputShapes({ pass, sizes }: Work) {
  const { n, c, h, w, o, oh, ow, kh, kw } = sizes
  const output = pass.startsWith("pooled") ? [n, o, oh >> 1, ow >> 1] : [n, o, oh, ow]
  return { x: [n, c, h, w], w: [o, c, kh, kw], b: [o], dy: output, won: output }
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

/** More than any of the small shapes takes that candidates are verified on: so many buffers of so many bytes. */
const VERIFYING = new Map([[2 ** 17, 8]])

/**
 * The buffers of each of these passes, of so many images: what it reads, what it makes, and the copies by which outputs
 * of all of them come to the host, one of each size, which are kept; and what verifying takes beside them.
 */
export function needsOf(works: Work[], gpu: BenchGpu, n: number): Need[] {
  const batches = works.map(({ pass, sizes }) => ({ pass, sizes: { ...sizes, n } }))
  const copied = new Map<number, number>()
  const needs = batches.map((work) =>
    gpu.needs(() => {
      const tensors = Object.entries(inputShapes(work)).map(([name, shape]) => [name, gpu.empty(shape)])
      const plan = planOf(work, gpu.adapter)
      const outputs = plan ? run(work, plan, Object.fromEntries(tensors)) : {}
      for (const output of Object.values(outputs)) if (output instanceof Tensor) copied.set(output.slice.size, 1)
    }),
  )
  return needs.map((need) => {
    const all = new Map(need)
    for (const [size, count] of [...VERIFYING, ...copied]) all.set(size, (all.get(size) ?? 0) + count)
    return all
  })
}
