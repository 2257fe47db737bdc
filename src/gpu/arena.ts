/**
 * Buffers have one of two lifetimes.
 *
 * Persistent: parameters, optimiser state, running statistics. Step: everything an op makes; it lives until
 * `endStep()`. Step buffers are handed out by exact size with a cursor that `endStep()` resets, so a step that does
 * the same ops gets the same buffers in the same order, and every bind group made for them fits again.
 *
 * Hazards that follow, and who takes care of them:
 * - A recycled buffer holds old data: a kernel writes every element of its output.
 * - `queue.writeBuffer` overtakes commands that are encoded but not submitted: `Gpu.write` submits first if one of
 *   those commands uses the buffer.
 * - A handle kept beyond its step would read a stranger's data: tensors check their step on every use.
 * - Gradients are never accumulated in place: an op may return its `dy` for two inputs.
 */

import { checkBuffer } from "./buffer_limit.ts"

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

export class Arena {
  #nextId = 1
  #pools = new Map<number, { slices: Slice[]; cursor: number }>()
  /** Bytes of all buffers made so far. */
  bytes = 0
  buffers = 0

  constructor(readonly device: GPUDevice) {}

  /**
   * A buffer of its own that stays until the device goes; zero-filled.
   *
   * @throws when it is larger than the adapter allows, naming it by `label`
   */
  persistent(size: number, label = "persistent"): Slice {
    checkBuffer(label, size, this.device.limits)
    const padded = Math.max(4, Math.ceil(size / 4) * 4)
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST
    const buffer = this.device.createBuffer({ size: padded, usage, label })
    this.bytes += padded
    this.buffers++
    return { id: this.#nextId++, buffer, offset: 0, size: padded, lastUse: { submit: -1 } }
  }

  /** A part of a slice as a binding of its own. `offset` in bytes, a multiple of 256. */
  part(whole: Slice, offset: number, size: number): Slice {
    return { ...whole, id: this.#nextId++, offset: whole.offset + offset, size: Math.max(4, size) }
  }

  /** A buffer until the end of the step; it holds whatever its last user left in it. */
  step(size: number): Slice {
    const pool = this.#pools.get(size) ?? { slices: [], cursor: 0 }
    this.#pools.set(size, pool)
    if (pool.cursor === pool.slices.length) pool.slices.push(this.persistent(size, "step"))
    return pool.slices[pool.cursor++]
  }

  endStep(): void {
    for (const pool of this.#pools.values()) pool.cursor = 0
  }
}
