/** What a steady step asks of the host: how many commands, and how much of its time. */
import type { BenchGpu } from "./device.ts"
import type { Training } from "./step_training.ts"
import { median } from "./timing.ts"

/**
 * Steps before anything is measured, with a device that does nothing. A training has thousands, and
 * after a few hundred V8 has compiled what each of them does; a benchmark's few would be timed in
 * its interpreter.
 */
const STEPS_BEFORE = 500

/**
 * Microseconds a dispatch, medians, each of them until all of a step is submitted to an idle
 * adapter.
 */
export interface HostPart {
  dispatches: number
  submits: number
  /** JavaScript alone: the step is replayed, and every call of WebGPU in it does nothing. */
  javascriptMicroseconds: number
  /** With WebGPU's part: its binding to Node, Dawn and the driver, the batch copied included. */
  hostMicroseconds: number
  /** The same where the step is no recording that is replayed, but ops and a tape. */
  opsMicroseconds: number
}

export async function hostPart({ gpu, replay, ops }: Training, rounds: number): Promise<HostPart> {
  const before = { ...gpu.counters }
  replay()
  gpu.endStep()
  await gpu.done()
  const dispatches = gpu.counters.dispatches - before.dispatches
  const submits = gpu.counters.submits - before.submits
  muted(gpu.device, () => {
    for (let i = 0; i < STEPS_BEFORE; i++) {
      replay()
      gpu.endStep()
    }
  })
  const each = async (step: () => void, around?: typeof muted) =>
    (1000 * (await untilSubmitted(gpu, step, rounds, around))) / dispatches
  return {
    dispatches,
    submits,
    javascriptMicroseconds: await each(replay, muted),
    hostMicroseconds: await each(replay),
    opsMicroseconds: await each(ops),
  }
}

/** Milliseconds; the median. */
async function untilSubmitted(
  gpu: BenchGpu,
  step: () => void,
  rounds: number,
  around = (_device: GPUDevice, body: () => void) => body(),
): Promise<number> {
  const taken: number[] = []
  for (let i = 0; i < rounds; i++) {
    around(gpu.device, () => {
      const started = performance.now()
      step()
      gpu.endStep()
      taken.push(performance.now() - started)
    })
    // As in training, the adapter has worked since, and the processor's caches hold its data.
    step()
    gpu.endStep()
    await gpu.done()
  }
  return median(taken)
}

/** While `body` runs, the device encodes, copies and submits nothing. */
function muted(device: GPUDevice, body: () => void): void {
  const pass = { setPipeline() {}, setBindGroup() {}, dispatchWorkgroups() {}, end() {} }
  const encoder = { beginComputePass: () => pass, finish() {} }
  const queue: Partial<GPUQueue> = device.queue
  // Properties of their own hide what the prototypes have, until they are deleted.
  Object.assign(device, { createCommandEncoder: () => encoder })
  Object.assign(queue, { writeBuffer() {}, submit() {} })
  try {
    body()
  } finally {
    delete (device as Partial<GPUDevice>).createCommandEncoder
    delete queue.writeBuffer
    delete queue.submit
  }
}
