/**
 * Buffers have one of two lifetimes.
 *
 * Persistent: parameters, optimiser state, running statistics. Step: everything an op makes; it
 * lives until `endStep()`. Step buffers are handed out by exact size with a cursor that `endStep()`
 * resets, so a step that does the same ops gets the same buffers in the same order, and every bind
 * group made for them fits again.
 *
 * Hazards that follow, and who takes care of them:
 * - A recycled buffer holds old data: a kernel writes every element of its output.
 * - `queue.writeBuffer` overtakes commands that are encoded but not submitted: `Gpu.write` submits
 *   first if one of those commands uses the buffer.
 * - A handle kept beyond its step would read a stranger's data: tensors check their step on every
 *   use.
 * - Gradients are never accumulated in place: an op may return its `dy` for two inputs.
 *
 * A recorded step is a lease on the step buffers that its body took. Between two replays they are
 * anybody's: other steps, evaluation, recordings of other sizes use the same memory and overwrite
 * it. In a step that replays they are the recording's, from the replay to `endStep()`: `retake`
 * moves the cursors behind them, as the body did. So what comes before a replay in its step must
 * leave them free, as it did when the body ran: the same ops or fewer. Otherwise `retake` throws,
 * and so it does for a second replay in one step, as the first still holds them.
 */
import { type BufferLimits, bufferLimits, checkBuffer } from "./buffer_limit.ts"
import { type Need, storageBuffer } from "./memory.ts"

/** A piece of a GPU buffer; `id` tells two pieces apart in the key of a bind group. */
export interface Slice {
  id: number
  buffer: GPUBuffer
  /** In bytes; a multiple of 256, as storage bindings need. */
  offset: number
  /** In bytes. */
  size: number
  /** The submit that the last command using this buffer belongs to. */
  lastUse: { submit: number }
}

/**
 * The step that a handle is good in: of what is handed out in a step, that step; of what a lease
 * holds, each step that takes it again.
 */
export interface Life {
  step: number
}

interface Pool {
  slices: Slice[]
  cursor: number
}

/** Stands for a buffer that is only counted. */
const IMAGINED = Object.freeze({}) as GPUBuffer

const UNLIMITED: BufferLimits = { maxBufferSize: Infinity, maxStorageBufferBindingSize: Infinity }

/**
 * The step buffers that were handed out between `startLease` and `endLease`: a stretch of each
 * pool.
 */
export interface Lease {
  life: Life
  stretches: { pool: Pool; from: number; to: number }[]
}

export class Arena {
  /** The number of the current step, from 0. */
  now = 0
  /** Of what is handed out now. */
  life: Life = { step: 0 }
  /** Bytes of all buffers made so far. */
  bytes = 0
  buffers = 0
  limits: BufferLimits
  #nextId = 1
  #pools = new Map<number, Pool>()
  readonly #parts = new WeakMap<Slice, Map<string, Slice>>()
  readonly #stepBuffers = new Set<GPUBuffer>()
  /** Whether step buffers are only counted. */
  #imagining = false
  /**
   * While there is a lease to be written: where the cursors were, and the buffers that are its own.
   */
  #leasing: { before: Life; from: Map<Pool, number>; own: Set<GPUBuffer> } | undefined

  constructor(readonly device: GPUDevice) {
    this.limits = bufferLimits(device)
  }

  /**
   * A buffer of its own that stays until the device goes; zero-filled.
   *
   * @throws when it is larger than the adapter allows, naming it by `label`
   */
  persistent(size: number, label = "persistent"): Slice {
    checkBuffer(() => label, size, this.limits)
    const buffer = storageBuffer(this.device, size, label)
    this.bytes += buffer.size
    this.buffers++
    return { id: this.#nextId++, buffer, offset: 0, size: buffer.size, lastUse: { submit: -1 } }
  }

  /**
   * A part of a slice as a binding of its own, always the same one. `offset` in bytes, a multiple
   * of 256.
   */
  part(whole: Slice, offset: number, size: number): Slice {
    const parts = this.#parts.get(whole) ?? new Map<string, Slice>()
    this.#parts.set(whole, parts)
    const key = `${offset} ${size}`
    const known = parts.get(key)
    if (known) return known
    const made = { ...whole, id: this.#nextId++, offset: whole.offset + offset, size: Math.max(4, size) }
    parts.set(key, made)
    return made
  }

  /** A buffer until the end of the step; it holds whatever its last user left in it. */
  step(size: number): Slice {
    const pool = this.#pools.get(size) ?? { slices: [], cursor: 0 }
    this.#pools.set(size, pool)
    if (pool.cursor === pool.slices.length) {
      pool.slices.push(this.#imagining ? this.#imagined(size) : this.#made(size))
    }
    const slice = pool.slices[pool.cursor++]
    this.#leasing?.own.add(slice.buffer)
    return slice
  }

  #made(size: number): Slice {
    const made = this.persistent(size, "step")
    this.#stepBuffers.add(made.buffer)
    return made
  }

  #imagined(size: number): Slice {
    return { id: this.#nextId++, buffer: IMAGINED, offset: 0, size, lastUse: { submit: -1 } }
  }

  /** What `body` takes of step buffers, of any size; none is made, so no command may use one. */
  imagine(body: () => void): Need {
    const { limits } = this
    const pools = this.#pools
    this.#pools = new Map()
    this.#imagining = true
    this.limits = UNLIMITED
    try {
      body()
      return new Map([...this.#pools].map(([size, { slices }]) => [size, slices.length]))
    } finally {
      this.#pools = pools
      this.#imagining = false
      this.limits = limits
      this.endStep()
    }
  }

  /** Destroys all step buffers; recordings that work in them are over. */
  releaseSteps(): void {
    for (const buffer of this.#stepBuffers) {
      this.bytes -= buffer.size
      this.buffers--
      buffer.destroy()
    }
    this.#stepBuffers.clear()
    this.#pools.clear()
  }

  endStep(): void {
    for (const pool of this.#pools.values()) pool.cursor = 0
    this.now++
    this.life = { step: this.now }
  }

  /** From here on what is handed out belongs to a lease. */
  startLease(): void {
    const from = new Map([...this.#pools.values()].map((pool) => [pool, pool.cursor]))
    this.#leasing = { before: this.life, from, own: new Set() }
    this.life = { step: this.now }
  }

  /** @returns what was handed out since `startLease` */
  endLease(): Lease {
    const { life } = this
    const { before, from } = this.#leasing!
    this.#leasing = undefined
    this.life = before
    const pools = [...this.#pools.values()]
    const stretches = pools.map((pool) => ({ pool, from: from.get(pool) ?? 0, to: pool.cursor }))
    return { life, stretches: stretches.filter((stretch) => stretch.to > stretch.from) }
  }

  /** Whether a slice is a step's, and not of the lease that is being written. */
  isOutsideLease({ buffer }: Slice): boolean {
    return this.#stepBuffers.has(buffer) && !this.#leasing?.own.has(buffer)
  }

  /** Hands a lease's buffers out once more. @throws where some are in use in this step */
  retake({ life, stretches }: Lease): void {
    for (const { pool, from } of stretches) {
      if (pool.cursor <= from) continue
      throw new Error(
        `replay: a buffer of ${pool.slices[from].size} bytes that the recording works in is in use in step ${this.now}. ` +
          "Replay once a step, after the same ops as came before the recording in its step, or fewer",
      )
    }
    for (const { pool, to } of stretches) pool.cursor = to
    life.step = this.now
  }
}
