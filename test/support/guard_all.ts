/**
 * Guards around every buffer that a device makes: what a kernel writes beside its tensors is found,
 * by whichever test. In a recording, whose tensors share buffers, only what lies outside of those.
 */
import type { Slice } from "../../src/gpu/arena.ts"
import type { Gpu } from "../../src/gpu/gpu.ts"

/** Floats before and behind: slices start at multiples of 256 bytes. */
const GUARD = 64
const FILL = new Float32Array(GUARD).fill(Number.NaN)

/**
 * From now on a kernel that reads beside a buffer computes NaN.
 *
 * @returns a check that throws, naming the buffer, where a guard was written to
 */
export function guardAll(gpu: Gpu): () => Promise<void> {
  const { arena, device } = gpu
  const guarded = new Map<GPUBuffer, { whole: Slice; label: string }>()
  const persistent = arena.persistent.bind(arena)
  arena.persistent = (size, label = "persistent") => {
    const inside = Math.max(4, Math.ceil(size / 4) * 4)
    const padded = inside + 2 * FILL.byteLength
    // The largest that the adapter allows has no room for guards, and what is too large is to say
    // so itself.
    if (padded > Math.min(device.limits.maxBufferSize, device.limits.maxStorageBufferBindingSize)) {
      return persistent(size, label)
    }
    const whole = persistent(padded, label)
    for (const offset of [0, padded - FILL.byteLength]) device.queue.writeBuffer(whole.buffer, offset, FILL)
    guarded.set(whole.buffer, { whole, label: `${label}, ${inside} bytes` })
    const destroy = whole.buffer.destroy.bind(whole.buffer)
    whole.buffer.destroy = () => {
      guarded.delete(whole.buffer)
      return destroy()
    }
    return arena.part(whole, FILL.byteLength, inside)
  }
  return async () => {
    for (const { whole, label } of guarded.values()) {
      for (const [side, offset] of Object.entries({ before: 0, behind: whole.size - FILL.byteLength })) {
        const guard = await gpu.read(arena.part(whole, offset, FILL.byteLength))
        const touched = guard.findIndex((value) => !Number.isNaN(value))
        if (touched >= 0)
          throw new Error(`a kernel wrote ${side} a buffer (${label}), into float ${touched} of its guard`)
      }
    }
  }
}
