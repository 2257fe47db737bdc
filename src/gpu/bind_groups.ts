/**
 * Bind groups: which buffers and params a kernel is given. Each is made once and found again, by a
 * tree with a level for each thing that it is made of: the kernel, the id of each slice, the value
 * of each param. A key as text would have to be put together at every dispatch.
 */
import type { Slice } from "./arena.ts"
import type { Counters } from "./counters.ts"
import type { Kernel } from "./kernel.ts"

/** Whatever lies in a buffer: a tensor, a parameter's gradient, an optimiser's state. */
export interface Bound {
  readonly slice: Slice
}

export type Tensors = Readonly<Record<string, Bound>>
export type Params = Readonly<Record<string, number>>

interface Branch {
  next: Map<unknown, Branch>
  group?: GPUBindGroup
}

const branch = (): Branch => ({ next: new Map() })

function follow({ next }: Branch, key: unknown): Branch {
  const known = next.get(key)
  if (known) return known
  const fresh = branch()
  next.set(key, fresh)
  return fresh
}

export class BindGroups {
  readonly #device: GPUDevice
  readonly #counters: Counters
  readonly #root = branch()
  readonly #uniforms = new Map<string, GPUBuffer>()

  constructor(device: GPUDevice, counters: Counters) {
    this.#device = device
    this.#counters = counters
  }

  /** @throws where the names are not those that the shader declares, with both lists */
  get(kernel: Kernel, tensors: Tensors, params: Params): GPUBindGroup {
    let at = follow(this.#root, kernel)
    for (const { name } of kernel.bindings) at = follow(at, tensors[name]?.slice.id)
    for (const { name } of kernel.params) at = follow(at, params[name])
    return (at.group ??= this.#make(kernel, tensors, params))
  }

  #make(kernel: Kernel, tensors: Tensors, params: Params): GPUBindGroup {
    checkNames(kernel, tensors, params)
    const entries: GPUBindGroupEntry[] = kernel.bindings.map(({ name, binding }) => {
      return { binding, resource: tensors[name].slice }
    })
    if (kernel.params.length > 0) {
      entries.push({ binding: kernel.paramsBinding, resource: this.#uniform(kernel, params) })
    }
    this.#counters.bindGroups++
    return this.#device.createBindGroup({ label: kernel.name, layout: kernel.layout, entries })
  }

  #uniform(kernel: Kernel, params: Params): GPUBuffer {
    const key = kernel.params.map(({ name, type }) => `${type}${params[name]}`).join()
    const known = this.#uniforms.get(key)
    if (known) return known
    const bytes = new DataView(new ArrayBuffer(Math.ceil(kernel.params.length / 4) * 16))
    kernel.params.forEach(({ name, type }, i) => {
      if (type === "f32") bytes.setFloat32(i * 4, params[name], true)
      else bytes.setUint32(i * 4, params[name], true)
    })
    const usage = GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST
    const buffer = this.#device.createBuffer({ size: bytes.byteLength, usage, label: `${kernel.name} params` })
    this.#device.queue.writeBuffer(buffer, 0, bytes.buffer)
    this.#uniforms.set(key, buffer)
    this.#counters.uniforms++
    return buffer
  }
}

/** @throws where the names are not those that the shader declares, with both lists */
export function checkNames(kernel: Kernel, tensors: Tensors, params: Params): void {
  const same = (given: object, declared: { name: string }[]) =>
    Object.keys(given).length === declared.length && declared.every(({ name }) => name in given)
  if (same(tensors, kernel.bindings) && same(params, kernel.params)) return
  const list = (names: string[]) => names.join(", ") || "none"
  throw new Error(
    `${kernel.name}: the shader declares tensors ${list(kernel.bindings.map(({ name }) => name))} and params ` +
      `${list(kernel.params.map(({ name }) => name))}; it was given tensors ${list(Object.keys(tensors))} and params ` +
      `${list(Object.keys(params))}`,
  )
}
