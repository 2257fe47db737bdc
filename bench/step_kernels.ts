/** What each kernel takes of a training step, by the adapter's timestamps. */
import type { Noted } from "./device.ts"
import { dispatchFlops } from "./flops.ts"
import type { Training } from "./step_training.ts"
import { median } from "./timing.ts"

/** All dispatches of a kernel in a step. */
export interface StepKernel {
  kernel: string
  dispatches: number
  ms: number
  /** Part of all kernels' time. */
  share: number
  /** Of convolutions and matrix products. */
  gflops?: number
}

/** The longest first; medians over the steps. None where the adapter has no timestamps. */
export async function byKernel({ gpu, ops }: Training, steps: number): Promise<StepKernel[] | undefined> {
  if (!gpu.device.features.has("timestamp-query")) return undefined
  const found = new Map<string, { dispatches: number; ms: number[]; flops?: number }>()
  gpu.startTrace()
  for (let i = 0; i < steps; i++) {
    const noted: Noted[] = []
    gpu.noting(noted, ops)
    gpu.endStep()
    for (const kernel of found.values()) kernel.ms.push(0)
    for (const [at, { kernel, milliseconds }] of (await gpu.takeTrace()).entries()) {
      const one = found.get(kernel) ?? { dispatches: 0, ms: [0] }
      found.set(kernel, one)
      one.ms[one.ms.length - 1] += milliseconds
      if (i > 0) continue
      one.dispatches++
      const flops = dispatchFlops(kernel, noted[at].params, noted[at].consts)
      if (flops !== undefined) one.flops = (one.flops ?? 0) + flops
    }
  }
  gpu.stopTrace()
  const kernels = [...found].map(([kernel, { dispatches, ms, flops }]) => ({
    kernel,
    dispatches,
    ms: median(ms),
    flops,
  }))
  const all = kernels.reduce((sum, { ms }) => sum + ms, 0)
  return kernels
    .sort((a, b) => b.ms - a.ms)
    .map(({ flops, ...kernel }) => ({ ...kernel, share: kernel.ms / all, gflops: flops && flops / kernel.ms / 1e6 }))
}
