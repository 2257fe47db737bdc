/** Rungs that call an op, which is what the engine does, whatever kernels it takes for that; and rungs of a backward. */
import type { Tensor } from "../src/tensor/tensor.ts"
import type { BenchGpu } from "./device.ts"
import type { Outputs, Rung, Tensors, Work } from "./ladder.ts"

type Op<Sizes> = (inputs: Tensors, sizes: Sizes) => Tensor

/** The op's forward, whose output is `y`. */
export const forwardRung = <Sizes>(name: string, op: Op<Sizes>): Rung<Sizes> => ({
  name,
  work: (sizes) => (gpu, inputs) => ({ y: gpu.noGrad(() => op(inputs, sizes)) }),
})

/** What comes before, as the forward of a backward, is done once for the same inputs, and what it made is kept. */
export function after<Made>(
  before: (gpu: BenchGpu, inputs: Tensors) => Made,
  work: (gpu: BenchGpu, inputs: Tensors, made: Made) => Outputs,
): Work {
  const kept = new WeakMap<Tensors, Made>()
  return (gpu, inputs) => {
    const made = kept.get(inputs) ?? gpu.lasting(() => before(gpu, inputs))
    // In planning nothing was computed that could be kept.
    if (!gpu.planning) kept.set(inputs, made)
    return work(gpu, inputs, made)
  }
}

/**
 * The op's backward alone, for the cotangent dy.
 *
 * @param wanted inputs that get a gradient; those of x are called dx
 */
export const backwardRung = <Sizes>(name: string, wanted: string[], op: Op<Sizes>): Rung<Sizes> => ({
  name,
  work: (sizes) =>
    after(
      (_, inputs) => {
        for (const name of wanted) inputs[name].requiresGrad = true
        return op(inputs, sizes).node!
      },
      (_, inputs, node) => {
        const gradients = node.backward(inputs.dy)
        return Object.fromEntries(wanted.map((name) => [`d${name}`, gradients[node.inputs.indexOf(inputs[name])]!]))
      },
    ),
})
