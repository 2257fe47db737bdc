/** Waiting for Dawn without spending a core on it. Node only; reached through device.ts. */

/** Nothing ever wakes it: a wait on it is a sleep. */
const SLEEPER = new Int32Array(new SharedArrayBuffer(4))

const LONGEST_MS = 1

let waiting = 0
let since = 0
let turning = false

/**
 * Awaits what a software adapter promised. While a promise of Dawn's binding is open it polls once
 * in every turn of the event loop, and the loop never rests: on two cores the polling took a third
 * of the processor from the adapter that was being waited for. So each turn sleeps a tenth of the
 * time waited so far, at most a millisecond.
 */
export async function patiently<T>(promised: Promise<T>): Promise<T> {
  if (waiting++ === 0) since = performance.now()
  if (!turning) {
    turning = true
    setImmediate(turn)
  }
  try {
    return await promised
  } finally {
    waiting--
  }
}

function turn(): void {
  turning = waiting > 0
  if (!turning) return
  Atomics.wait(SLEEPER, 0, 0, Math.min(LONGEST_MS, (performance.now() - since) / 10))
  setImmediate(turn)
}
