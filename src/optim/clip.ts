import { threadsFor } from "../gpu/threads.ts"
import type { Parameter } from "../tensor/parameters.ts"
import type { Tensor } from "../tensor/tensor.ts"
import { runs } from "./runs.ts"

/** Partial sums of squares; each workgroup writes one. */
const PARTS = 64

/**
 * Scales all gradients of the step so that their common L2 norm is at most `maxNorm`:
 * g *= min(1, maxNorm / (norm + 1e-6)). Nothing is read back.
 *
 * https://pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_norm_.html
 *
 * @returns the norm before, a tensor of one number
 */
export function clipGradNorm(parameters: readonly Parameter[], maxNorm: number): Tensor {
  if (!(maxNorm > 0)) throw new Error(`clipGradNorm: maxNorm is ${maxNorm}, expected a number over 0`)
  const found = runs(parameters)
  if (found.length === 0) throw new Error("clipGradNorm: no parameter has a gradient; call backward first")
  const { gpu } = parameters[0]
  const parts = gpu.empty([found.length * PARTS])
  found.forEach(({ grads, length }, i) => {
    gpu.run("grad_norm_parts", { grads, parts }, { n: length / 4, first: i * PARTS }, [PARTS * PARTS], { PARTS })
  })
  const norm = gpu.empty([])
  gpu.run("grad_norm", { parts, norm }, { n: parts.size }, [1])
  for (const { grads, length } of found) {
    gpu.run("grad_scale", { norm, grads }, { n: length / 4, limit: maxNorm }, [threadsFor(gpu, length / 4)])
  }
  return norm
}
