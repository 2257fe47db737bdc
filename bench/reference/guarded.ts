/**
 * Tensors between guards: a kernel that reads beside them computes NaN, one that writes beside them
 * is found out.
 */
import { type Shape, show, sizeOf, Tensor } from "../../src/tensor/tensor.ts"
import type { TensorGpu } from "../../src/tensor/tensor_gpu.ts"

/** Floats before and behind: slices start at multiples of 256 bytes. */
const GUARD = 64
/** What no computed value is. */
const UNWRITTEN = Math.fround(1.5e30)

export interface Guarded {
  tensor: Tensor
  /**
   * The values. @throws when a guard was written to, or an element was not, unless it need not be
   */
  read(options?: { partly?: boolean }): Promise<Float32Array>
}

/** A tensor with NaN around it; unwritten where no data are given. */
export function guarded(gpu: TensorGpu, shape: Shape, data?: ArrayLike<number>): Guarded {
  const size = sizeOf(shape)
  const whole = gpu.arena.persistent((size + 2 * GUARD) * 4, "guarded")
  const values = new Float32Array(size + 2 * GUARD).fill(Number.NaN)
  values.set(data ?? new Float32Array(size).fill(UNWRITTEN), GUARD)
  gpu.write(whole, values)
  const tensor = new Tensor(gpu, shape, gpu.arena.part(whole, GUARD * 4, size * 4), false, true)
  const read = async ({ partly = false } = {}) => {
    const after = await gpu.read(whole)
    const touched = after.findIndex((value, i) => (i < GUARD || i >= GUARD + size) && !Number.isNaN(value))
    if (touched >= 0) throw new Error(`${show(shape)}: element ${touched - GUARD}, outside of it, was written`)
    const inside = after.subarray(GUARD, GUARD + size)
    const missed = inside.indexOf(UNWRITTEN)
    if (missed >= 0 && !partly) throw new Error(`${show(shape)}: element ${missed} was not written`)
    return inside
  }
  return { tensor, read }
}
