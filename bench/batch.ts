/** Runs so many in one submit that submitting and waiting does not count. */
import type { BenchGpu } from "./device.ts"

export interface Batch {
  /** In one call of `run`. */
  count: number
  run(): Promise<void>
}

const LEAST_MS = 10
const MOST = 1024

/** @param once dispatches one run, and has done so before; where it returns a promise, that is awaited before the next */
export async function batched(gpu: BenchGpu, once: () => unknown): Promise<Batch> {
  const runs = async (count: number) => {
    const started = performance.now()
    for (let i = 0; i < count; i++) {
      const made = once()
      if (made instanceof Promise) await made
      // The next run takes the same step buffers again.
      gpu.arena.endStep()
    }
    gpu.endStep()
    await gpu.done()
    return performance.now() - started
  }
  let count = 1
  while (count < MOST && (await runs(count)) < LEAST_MS) count *= 2
  return { count, run: async () => void (await runs(count)) }
}
