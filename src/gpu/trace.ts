/**
 * Time of each dispatch, from the adapter's own timestamps: while a trace is on, each dispatch is a compute pass of its
 * own with a timestamp at either end. Slower than one pass for all, so only ever on when asked for.
 */
import type { OpenDevice } from "./adapter.ts"

/** One dispatch that ran. */
export interface Timing {
  kernel: string
  threads: readonly number[]
  milliseconds: number
}

/** Dispatches between two read-backs; two timestamps each, 4096 is the most that a query set holds. */
const CAPACITY = 2048

export class Trace {
  readonly #open: OpenDevice
  readonly #queries: GPUQuerySet
  readonly #resolved: GPUBuffer
  #running: Omit<Timing, "milliseconds">[] = []

  /** @throws where the adapter has no timestamps */
  constructor(open: OpenDevice) {
    const { device } = open
    if (!device.features.has("timestamp-query")) throw new Error("this adapter has no timestamps (timestamp-query)")
    this.#open = open
    this.#queries = device.createQuerySet({ type: "timestamp", count: 2 * CAPACITY })
    const usage = GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC
    this.#resolved = device.createBuffer({ size: 16 * CAPACITY, usage, label: "timestamps" })
  }

  /** How the next dispatch's pass is to be begun; undefined once the trace is full. */
  next(kernel: string, threads: readonly number[]): GPUComputePassDescriptor | undefined {
    const at = 2 * this.#running.length
    if (at === 2 * CAPACITY) return undefined
    this.#running.push({ kernel, threads })
    const timestampWrites = { querySet: this.#queries, beginningOfPassWriteIndex: at, endOfPassWriteIndex: at + 1 }
    return { timestampWrites }
  }

  /** The dispatches since the last call; all of them must have been submitted. */
  async take(): Promise<Timing[]> {
    const ran = this.#running
    this.#running = []
    if (ran.length === 0) return []
    const { device, wait } = this.#open
    const size = 16 * ran.length
    const staging = device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST })
    const encoder = device.createCommandEncoder()
    encoder.resolveQuerySet(this.#queries, 0, 2 * ran.length, this.#resolved, 0)
    encoder.copyBufferToBuffer(this.#resolved, 0, staging, 0, size)
    device.queue.submit([encoder.finish()])
    await wait(staging.mapAsync(GPUMapMode.READ))
    const ticks = new BigUint64Array(staging.getMappedRange().slice(0))
    staging.destroy()
    return ran.map((dispatch, i) => ({ ...dispatch, milliseconds: Number(ticks[2 * i + 1] - ticks[2 * i]) / 1e6 }))
  }

  release(): void {
    this.#queries.destroy()
    this.#resolved.destroy()
  }
}
