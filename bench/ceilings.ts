/**
 * What the adapter could do at most: multiply-adds on values in registers, numbers a second from
 * memory to memory by a kernel, and what a dispatch and a submit cost. A kernel's roof is the lower
 * of the first two at its intensity (FLOP a byte): S. Williams, A. Waterman, D. Patterson,
 * "Roofline", 2009, https://doi.org/10.1145/1498765.1498785
 */

import { type Batch, batched } from "./batch.ts"
import type { BenchGpu } from "./device.ts"
import { interleaved } from "./timing.ts"

export interface Ceilings {
  gflops: number
  gbs: number
}

export interface Overheads {
  /** Microseconds of a dispatch within a pass, with the JavaScript that makes it. */
  dispatch: number
  /** Microseconds to submit one empty dispatch and to wait for it. */
  submit: number
}

/** As fma.wgsl has them. Fewer or more chains were slower on SwiftShader and on lavapipe. */
const [CHAINS, STEPS] = [8, 32]

/** Tasks that take turns with the rungs, so that both see the machine at the same speed. */
export interface CeilingTasks {
  fma: Batch
  stream: Batch
  /** @param fma @param stream milliseconds of one of each */
  from(fma: number, stream: number): Ceilings
}

export async function ceilingTasks(gpu: BenchGpu): Promise<CeilingTasks> {
  const software = gpu.adapter.kind === "software"
  const threads = software ? 4096 : 2 ** 20
  const rounds = 64
  const sums = gpu.persistent([threads])
  const multiply = { n: threads, rounds, a: 0.999, b: 0.001 }
  const multiplying = () => gpu.run("fma", { y: sums }, multiply, [threads])
  // More than any cache holds, as far as one binding may reach.
  const numbers = Math.min(software ? 2 ** 23 : 2 ** 25, gpu.device.limits.maxStorageBufferBindingSize / 4)
  const [x, y] = [gpu.persistent([numbers]), gpu.persistent([numbers])]
  const vectors = numbers / 4
  const copying = () => gpu.run("stream", { x, y }, { n: vectors }, [software ? Math.ceil(vectors / 4) : vectors])
  multiplying()
  copying()
  await gpu.done()
  const [fma, stream] = [await batched(gpu, multiplying), await batched(gpu, copying)]
  const flops = 2 * CHAINS * STEPS * rounds * threads
  return { fma, stream, from: (fma, stream) => ({ gflops: flops / fma / 1e6, gbs: (8 * numbers) / stream / 1e6 }) }
}

/** Dispatches of which each costs what can be told from one. */
const MANY = 1000

export async function overheads(gpu: BenchGpu, rounds: number): Promise<Overheads> {
  const y = gpu.persistent([1])
  const task = (count: number) => async () => {
    for (let i = 0; i < count; i++) gpu.run("fill", { y }, { n: 1, value: 0 }, [1])
    await gpu.done()
  }
  await task(1)()
  const [one, many] = await interleaved([task(1), task(MANY)], rounds)
  // A busy machine may let one take longer than a thousand.
  const dispatch = Math.max(0, (1000 * (many.wall - one.wall)) / (MANY - 1))
  return { dispatch, submit: 1000 * one.wall }
}
