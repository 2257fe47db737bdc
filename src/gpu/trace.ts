/**
 * Time of each dispatch, from the adapter's own timestamps: while a trace is on, each dispatch is a
 * compute pass of its own with a timestamp at either end. Slower than one pass for all, so only
 * ever on when asked for.
 */
import type { OpenDevice } from "./adapter.ts"

/** One dispatch that ran. */
export interface Timing {
  kernel: string
  threads: readonly number[]
  milliseconds: number
}

/** Dispatches of a query set: two timestamps each, 4096 is the most that it holds. */
const CAPACITY = 2048

/** A query set and the buffer that its timestamps are resolved into. */
interface Queries {
  set: GPUQuerySet
  resolved: GPUBuffer
}

export class Trace {
  readonly #open: OpenDevice
  /** As many as the longest stretch between two calls of `take` wanted. */
  readonly #queries: Queries[] = []
  #running: Omit<Timing, "milliseconds">[] = []

  /** @throws where the adapter has no timestamps */
  constructor(open: OpenDevice) {
    if (!open.device.features.has("timestamp-query")) {
      throw new Error(`${open.info.name} has no timestamps (timestamp-query), so its kernels cannot be timed`)
    }
    this.#open = open
  }

  /** How the next dispatch's pass is to be begun. */
  next(kernel: string, threads: readonly number[]): GPUComputePassDescriptor {
    const n = this.#running.push({ kernel, threads }) - 1
    const { set } = (this.#queries[Math.floor(n / CAPACITY)] ??= this.#makeQueries())
    const at = 2 * (n % CAPACITY)
    return { timestampWrites: { querySet: set, beginningOfPassWriteIndex: at, endOfPassWriteIndex: at + 1 } }
  }

  /** The dispatches since the last call; all of them must have been submitted. */
  async take(): Promise<Timing[]> {
    const ran = this.#running
    this.#running = []
    const parts = this.#queries.map(async (queries, k) => {
      const dispatches = ran.slice(k * CAPACITY, (k + 1) * CAPACITY)
      if (dispatches.length === 0) return []
      const ticks = await this.#read(queries, 2 * dispatches.length)
      return dispatches.map((dispatch, i) => {
        return { ...dispatch, milliseconds: Number(ticks[2 * i + 1] - ticks[2 * i]) / 1e6 }
      })
    })
    return (await Promise.all(parts)).flat()
  }

  /** The first so many timestamps, nanoseconds. */
  async #read({ set, resolved }: Queries, count: number): Promise<BigUint64Array> {
    const { device, wait } = this.#open
    const size = 8 * count
    const staging = device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST })
    const encoder = device.createCommandEncoder()
    encoder.resolveQuerySet(set, 0, count, resolved, 0)
    encoder.copyBufferToBuffer(resolved, 0, staging, 0, size)
    device.queue.submit([encoder.finish()])
    await wait(staging.mapAsync(GPUMapMode.READ))
    const ticks = new BigUint64Array(staging.getMappedRange().slice(0))
    staging.destroy()
    return ticks
  }

  #makeQueries(): Queries {
    const { device } = this.#open
    const usage = GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC
    return {
      set: device.createQuerySet({ type: "timestamp", count: 2 * CAPACITY }),
      resolved: device.createBuffer({ size: 16 * CAPACITY, usage, label: "timestamps" }),
    }
  }

  release(): void {
    for (const { set, resolved } of this.#queries) {
      set.destroy()
      resolved.destroy()
    }
  }
}
