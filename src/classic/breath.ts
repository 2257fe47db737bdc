/**
 * Awaited within a long computation: lets signals and progress in between, and throws where it is
 * to end.
 */
export type Breath = () => Promise<void>

/** Milliseconds between two breaths. */
const PAUSE = 50

/** @param signal ends the computation with its reason */
export function breathing(signal?: AbortSignal): Breath {
  let next = 0
  return async () => {
    if (performance.now() < next) return
    await new Promise(setImmediate)
    signal?.throwIfAborted()
    next = performance.now() + PAUSE
  }
}
