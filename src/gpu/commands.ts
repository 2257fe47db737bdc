/**
 * Commands on their way to the adapter: collected in one compute pass, submitted together. Sending
 * costs more than a small kernel.
 */
import type { Slice } from "./arena.ts"
import type { Trace } from "./trace.ts"

/**
 * A kernel over its buffers: all that has to be told to the adapter, and for a trace whose it is.
 */
export interface Dispatch {
  kernel: string
  threads: readonly number[]
  pipeline: GPUComputePipeline
  group: GPUBindGroup
  /** Workgroups. */
  x: number
  y: number
  z: number
}

export class Commands {
  /** While there is one, each dispatch is a pass of its own. */
  trace: Trace | undefined
  readonly #device: GPUDevice
  #encoder: GPUCommandEncoder | undefined
  #pass: GPUComputePassEncoder | undefined
  #pipeline: GPUComputePipeline | undefined

  constructor(device: GPUDevice) {
    this.#device = device
  }

  dispatch({ kernel, threads, pipeline, group, x, y, z }: Dispatch): void {
    const pass = this.trace || !this.#pass ? this.#begin(kernel, threads) : this.#pass
    // Each call and each argument costs the binding a part of a microsecond.
    if (pipeline !== this.#pipeline) pass.setPipeline((this.#pipeline = pipeline))
    pass.setBindGroup(0, group)
    if (y === 1 && z === 1) pass.dispatchWorkgroups(x)
    else pass.dispatchWorkgroups(x, y, z)
  }

  copy({ buffer, offset, size }: Slice, to: GPUBuffer): void {
    this.#end()
    this.#encoder ??= this.#device.createCommandEncoder()
    this.#encoder.copyBufferToBuffer(buffer, offset, to, 0, size)
  }

  /** @returns whether there was anything to submit */
  submit(): boolean {
    if (!this.#encoder) return false
    this.#end()
    this.#device.queue.submit([this.#encoder.finish()])
    this.#encoder = undefined
    return true
  }

  #begin(kernel: string, threads: readonly number[]): GPUComputePassEncoder {
    this.#end()
    this.#encoder ??= this.#device.createCommandEncoder()
    return (this.#pass = this.#encoder.beginComputePass(this.trace?.next(kernel, threads)))
  }

  #end(): void {
    this.#pass?.end()
    this.#pass = this.#pipeline = undefined
  }
}
