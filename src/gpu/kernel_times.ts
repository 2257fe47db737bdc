import type { Timing } from "./trace.ts"

/** All dispatches of a kernel together. */
export interface KernelTime {
  kernel: string
  dispatches: number
  milliseconds: number
  /** Of the time of all kernels, 0 to 1. */
  share: number
}

/** Sums a trace up by kernel. */
export class KernelTimes {
  readonly #byKernel = new Map<string, Omit<KernelTime, "share">>()

  add(timings: readonly Timing[]): void {
    for (const { kernel, milliseconds } of timings) {
      const sum = this.#byKernel.get(kernel) ?? { kernel, dispatches: 0, milliseconds: 0 }
      this.#byKernel.set(kernel, sum)
      sum.dispatches++
      sum.milliseconds += milliseconds
    }
  }

  /** One row per kernel, the slowest first. */
  rows(): KernelTime[] {
    const all = [...this.#byKernel.values()].sort((a, b) => b.milliseconds - a.milliseconds)
    const total = all.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
    return all.map((sum) => ({ ...sum, share: total > 0 ? sum.milliseconds / total : 0 }))
  }
}
