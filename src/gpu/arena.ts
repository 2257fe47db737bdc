/**
 * Buffers have one of two lifetimes.
 *
 * Persistent: parameters, optimiser state, running statistics. Step: everything an op makes; it
 * lives until `endStep()`, or in a recording until the last op that uses it.
 *
 * Op by op, step buffers are handed out by exact size with a cursor that `endStep()` resets, so a
 * step that does the same ops gets the same buffers in the same order, and every bind group made
 * for them fits again.
 *
 * A recording is known as a whole before it runs, and so is how long each of its tensors is needed:
 * layout.ts gives them places in a few blocks, which tensors that are not alive at the same time
 * share (blocks.ts).
 *
 * Hazards that follow, and who takes care of them:
 * - Recycled memory holds old data: a kernel writes every element of its output.
 * - `queue.writeBuffer` overtakes commands that are encoded but not submitted: `Gpu.write` submits
 *   first if one of those commands uses the buffer.
 * - A handle kept beyond its step, or beyond its last use in a recording, would read a stranger's
 *   data: tensors check both on every use.
 * - Gradients are never accumulated in place: an op may return its `dy` for two inputs.
 */
import { Blocks } from "./blocks.ts"
import { type BufferLimits, bufferLimits, checkBuffer } from "./buffer_limit.ts"
import { storageBuffer } from "./memory.ts"

/** A piece of a GPU buffer; `id` tells two pieces apart in the key of a bind group. */
export interface Slice {
  id: number
  buffer: GPUBuffer
  /** In bytes; a multiple of 256, as storage bindings need. */
  offset: number
  /** In bytes. */
  size: number
  home: Home
}

/** What a slice and its parts have in common. */
export interface Home {
  /** The submit that the last command using it belongs to. */
  submit: number
  /** Whether its memory may be another's: a recording gave it back. */
  gone: boolean
}

/** The step that a handle is good in; of what a recording made, each step that replays it. */
export interface Life {
  step: number
}

interface Pool {
  slices: Slice[]
  cursor: number
}

/** Stands for the buffer of a tensor that has no place yet. */
const NOWHERE = Object.freeze({}) as GPUBuffer

const UNLIMITED: BufferLimits = { maxBufferSize: Infinity, maxStorageBufferBindingSize: Infinity }

export class Arena {
  /** The number of the current step, from 0. */
  now = 0
  /** Of what is handed out now. */
  life: Life = { step: 0 }
  /** Bytes of all buffers made so far. */
  bytes = 0
  buffers = 0
  readonly allowed: BufferLimits
  /** What is refused now if it is larger. */
  limits: BufferLimits
  #nextId = 1
  readonly #pools = new Map<number, Pool>()
  /** What recordings work in. */
  readonly blocks: Blocks
  readonly #parts = new WeakMap<Slice, Map<string, Slice>>()
  /** The buffers of pools and blocks. */
  readonly #stepBuffers = new Set<GPUBuffer>()
  /** Is given what `step` makes while there is no place for it yet. */
  #note: ((slice: Slice) => void) | undefined

  constructor(readonly device: GPUDevice) {
    this.limits = this.allowed = bufferLimits(device)
    this.blocks = new Blocks({ make: (size) => this.#made(size), release: ({ buffer }) => this.#release(buffer) })
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
    return this.#slice(buffer, buffer.size)
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

  /**
   * Memory until the end of the step, or in a recording until its last use; it holds whatever its
   * last user left in it.
   */
  step(size: number): Slice {
    if (this.#note) {
      const made = this.#slice(NOWHERE, size)
      this.#note(made)
      return made
    }
    const pool = this.#pools.get(size) ?? { slices: [], cursor: 0 }
    this.#pools.set(size, pool)
    if (pool.cursor === pool.slices.length) pool.slices.push(this.#made(size))
    return pool.slices[pool.cursor++]
  }

  /**
   * Runs `body`; what it takes of a step's memory has no place, and is given to `note`.
   *
   * @returns what `body` returned, and the life of all that
   */
  placeless<T>(note: (slice: Slice) => void, body: () => T): { result: T; life: Life } {
    const before = this.life
    const life = { step: this.now }
    this.life = life
    this.#note = note
    try {
      return { result: body(), life }
    } finally {
      this.#note = undefined
      this.life = before
    }
  }

  /** Runs `body`; nothing is too large. */
  unlimited<T>(body: () => T): T {
    this.limits = UNLIMITED
    try {
      return body()
    } finally {
      this.limits = this.allowed
    }
  }

  /** Gives a slice its place, in a part of a block. */
  place(slice: Slice, { id, buffer, offset }: Slice): void {
    Object.assign(slice, { id, buffer, offset })
    // Those that it had before are nowhere.
    this.#parts.delete(slice)
  }

  /** Whether a slice is a step's, or was before its memory was given back. */
  endsWithStep({ buffer, home }: Slice): boolean {
    return this.#stepBuffers.has(buffer) || home.gone
  }

  /** Destroys all step buffers; recordings are given others when they are replayed. */
  releaseSteps(): void {
    for (const buffer of this.#stepBuffers) this.#release(buffer)
    this.#pools.clear()
    this.blocks.forget()
  }

  endStep(): void {
    for (const pool of this.#pools.values()) pool.cursor = 0
    this.now++
    this.blocks.endStep()
    this.life = { step: this.now }
  }

  #slice(buffer: GPUBuffer, size: number): Slice {
    return { id: this.#nextId++, buffer, offset: 0, size, home: { submit: -1, gone: false } }
  }

  #made(size: number): Slice {
    const made = this.persistent(size, "step")
    this.#stepBuffers.add(made.buffer)
    return made
  }

  #release(buffer: GPUBuffer): void {
    this.bytes -= buffer.size
    this.buffers--
    buffer.destroy()
    this.#stepBuffers.delete(buffer)
  }
}
