/**
 * A kernel's first dispatch, over no workgroups. Lavapipe makes a pipeline's machine code when it
 * is first dispatched, one after the other: so it does while the next pipelines are prepared, and
 * not all in the first step.
 */
import type { Failure } from "./failure.ts"
import type { Kernel } from "./kernel.ts"

/** Bytes of a buffer in place of a tensor or of the params; nothing is read of it. */
const SIZE = 256

export class WarmUp {
  readonly #device: GPUDevice
  readonly #failure: Failure
  readonly #buffers: GPUBuffer[] = []
  #none: GPUBuffer | undefined

  constructor(device: GPUDevice, failure: Failure) {
    this.#device = device
    this.#failure = failure
  }

  async dispatch({ name, pipeline, layout, bindings, params, paramsBinding }: Kernel): Promise<void> {
    const places = bindings.map(({ binding }) => binding)
    if (params.length > 0) places.push(paramsBinding)
    const entries = places.map((binding, i) => ({ binding, resource: { buffer: this.#buffer(i) } }))
    const encoder = this.#device.createCommandEncoder()
    const pass = encoder.beginComputePass()
    pass.setPipeline(pipeline)
    pass.setBindGroup(0, this.#device.createBindGroup({ label: `${name}, of nothing`, layout, entries }))
    // Of a 0 that it sees itself Dawn would warn, on the terminal.
    this.#none ??= this.#device.createBuffer({ size: 12, usage: GPUBufferUsage.INDIRECT, label: "no workgroups" })
    pass.dispatchWorkgroupsIndirect(this.#none, 0)
    pass.end()
    this.#device.queue.submit([encoder.finish()])
    await this.#failure.during(this.#device.queue.onSubmittedWorkDone())
  }

  /** Another one for each binding: a kernel may write to several, and then they must differ. */
  #buffer(i: number): GPUBuffer {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.UNIFORM
    return (this.#buffers[i] ??= this.#device.createBuffer({ size: SIZE, usage, label: "nothing" }))
  }
}
