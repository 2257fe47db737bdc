/**
 * Rungs that call an op, which is what the engine does, whatever kernels it takes for that; and
 * rungs of a backward.
 */
import type { Tensor } from "../src/tensor/tensor.ts"
import type { BenchGpu } from "./device.ts"
import type { Outputs, Rung, Tensors, Work } from "./ladder.ts"

type Op<Sizes> = (inputs: Tensors, sizes: Sizes) => Tensor

/** The op's forward, whose output is `y`. */
export const forwardRung = <Sizes>(name: string, op: Op<Sizes>): Rung<Sizes> => ({
  name,
  work: (sizes) => (gpu, inputs) => ({ y: gpu.noGrad(() => op(inputs, sizes)) }),
})

/**
 * What comes before, as the forward of a backward, is done once for the same inputs, and what it
 * made is kept.
 */
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
 * The backward alone, for the cotangent dy, of an op or of some in a row, of which each takes the
 * one before as an input.
 *
 * @param wanted inputs that get a gradient; those of x are called dx
 */
export const backwardRung = <Sizes>(name: string, wanted: string[], op: Op<Sizes>): Rung<Sizes> => ({
  name,
  work: (sizes) =>
    after(
      (_, inputs) => {
        for (const name of wanted) inputs[name].requiresGrad = true
        return op(inputs, sizes)
      },
      (_, inputs, y) => {
        const found = gradients(y, inputs.dy)
        return Object.fromEntries(wanted.map((name) => [`d${name}`, found.get(inputs[name])!]))
      },
    ),
})

/**
 * The gradients of all inputs, as the tape gives them. None is kept, so each run does the same as
 * the one before it.
 */
function gradients(y: Tensor, dy: Tensor, found = new Map<Tensor, Tensor>()): Map<Tensor, Tensor> {
  const { inputs, backward } = y.node!
  backward(dy).forEach((gradient, i) => {
    if (!gradient) return
    if (inputs[i].node) gradients(inputs[i], gradient, found)
    else found.set(inputs[i], gradient)
  })
  return found
}
