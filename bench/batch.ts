/** Runs so many in one submit that submitting and waiting does not count. */
import type { BenchGpu } from "./device.ts"

export interface Batch {
  /** In one call of `run`. */
  count: number
  run(): Promise<void>
}

const LEAST_MS = 10
const MOST = 1024

/**
 * @param once dispatches one run, and has done so before; where it returns a promise, that is
 * awaited before the next
 */
export async function batched(gpu: BenchGpu, once: () => unknown): Promise<Batch> {
  let batch = repeated(gpu, once, 1)
  while (batch.count < MOST && (await msOf(batch)) < LEAST_MS) batch = repeated(gpu, once, 2 * batch.count)
  return batch
}

/** The same with a given count. */
export const repeated = (gpu: BenchGpu, once: () => unknown, count: number): Batch => ({
  count,
  async run() {
    for (let i = 0; i < count; i++) {
      const made = once()
      if (made instanceof Promise) await made
      // The next run takes the same step buffers again.
      gpu.arena.endStep()
    }
    gpu.endStep()
    await gpu.done()
  },
})

async function msOf({ run }: Batch): Promise<number> {
  const started = performance.now()
  await run()
  return performance.now() - started
}
