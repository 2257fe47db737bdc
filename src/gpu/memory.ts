/**
 * What fits into the adapter's memory: the buffers that steps want, and whether they can be had.
 * WebGPU does not say how much there is, so the only way to know is to ask for it.
 */
import type { BufferLimits } from "./buffer_limit.ts"

/** A buffer could not be made although its size is allowed: the adapter's memory is used up. */
export class OutOfMemory extends Error {}

/** Sizes in bytes of buffers in use at once; a recording's blocks, the largest first. */
export type Need = readonly number[]

/** All buffers together, in bytes. */
export const totalBytes = (need: Need): number => need.reduce((sum, size) => sum + size, 0)

/** What one step after the other needs: as many blocks as any, each as large as the largest. */
export const largest = (needs: readonly Need[]): Need =>
  Array.from({ length: Math.max(0, ...needs.map(({ length }) => length)) }, (_, i) =>
    Math.max(...needs.map((need) => need[i] ?? 0)),
  )

/** Whether each buffer by itself is allowed. */
export const isAllowed = (need: Need, { maxBufferSize, maxStorageBufferBindingSize }: BufferLimits): boolean =>
  need.every((size) => size <= Math.min(maxBufferSize, maxStorageBufferBindingSize))

/** What is made beside step buffers and persistent ones: params of kernels, timestamps. */
const SUNDRIES = 1 << 16

/** The size of a buffer that stands for others. */
const CHUNK = 1 << 24

/** What an op works in; sizes are padded to whole words. */
export function storageBuffer(device: GPUDevice, size: number, label: string): GPUBuffer {
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST
  return device.createBuffer({ size: Math.max(4, Math.ceil(size / 4) * 4), usage, label })
}

/**
 * Makes these buffers, sees whether that worked, and lets go of them.
 *
 * @param beside bytes that must be left
 */
export async function canHold(device: GPUDevice, need: Need, beside: number): Promise<boolean> {
  const rest = beside + SUNDRIES
  const sizes = [...need]
  for (let left = rest; left > 0; left -= CHUNK) sizes.push(Math.min(left, CHUNK))
  device.pushErrorScope("out-of-memory")
  const made = sizes.map((size) => storageBuffer(device, size, "trial"))
  const error = await device.popErrorScope()
  for (const buffer of made) buffer.destroy()
  // What was destroyed is given back once the queue has seen it.
  await device.queue.onSubmittedWorkDone()
  return error === null
}
