/** Copies from the adapter to the host, by way of staging buffers that are kept and used again. */
import type { Slice } from "./arena.ts"
import type { Commands } from "./commands.ts"
import type { Counters } from "./counters.ts"
import type { Failure } from "./failure.ts"

export class Readback {
  readonly #device: GPUDevice
  readonly #failure: Failure
  readonly #counters: Counters
  readonly #pools = new Map<number, GPUBuffer[]>()

  constructor(device: GPUDevice, failure: Failure, counters: Counters) {
    this.#device = device
    this.#failure = failure
    this.#counters = counters
  }

  /** @param submit is called once the copy is among the commands */
  async read(slice: Slice, commands: Commands, submit: () => void): Promise<Float32Array> {
    this.#counters.readbacks++
    const pool = this.#pools.get(slice.size) ?? []
    this.#pools.set(slice.size, pool)
    const staging = pool.pop() ?? this.#staging(slice.size)
    commands.copy(slice, staging)
    submit()
    await this.#failure.during(staging.mapAsync(GPUMapMode.READ))
    const data = new Float32Array(staging.getMappedRange().slice(0))
    staging.unmap()
    pool.push(staging)
    return data
  }

  #staging(size: number): GPUBuffer {
    this.#counters.stagings++
    const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST
    return this.#device.createBuffer({ size, usage, label: "staging" })
  }
}
