/**
 * What a body of ops does, noted while it runs: each dispatch, the host's work that belongs to
 * every time, and from when to when each tensor is used. Its tensors have no place yet, and nothing
 * is computed.
 */
import type { Arena, Home, Slice } from "./arena.ts"
import type { Params, Tensors } from "./bind_groups.ts"
import type { Dispatch } from "./commands.ts"
import type { Interface, Kernel } from "./kernel.ts"
import { type Layout, type Lifetime, layOut } from "./layout.ts"

/** A slice as it is while the body runs. */
export interface Noted {
  slice: Slice
  /** In its home. */
  offset: number
  /** None if it is persistent. */
  lifetime: Lifetime | undefined
}

/** A dispatch whose tensors may have no place yet. */
export interface Unbound extends Omit<Dispatch, "group" | "pipeline" | "kernel"> {
  kernel: Kernel
  params: Params
  /** By the names of the shader's bindings. */
  tensors: Record<string, Noted>
}

export type HostData = Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>

export class Recorder {
  readonly dispatches: Unbound[] = []
  readonly work: (() => void)[] = []
  /** What the host's work wrote while the body ran. */
  readonly writes: [slice: Slice, data: HostData][] = []
  /** The homes that dispatches use. */
  readonly uses = new Set<Home>()
  /** What is used from outside: written by the host, or kept to the end of the step. */
  readonly open: Noted[] = []
  readonly #arena: Arena
  readonly #lifetimes = new Map<Home, Lifetime & { slice: Slice }>()
  #count = 0
  #working = false

  constructor(arena: Arena) {
    this.#arena = arena
  }

  /** Takes note of a tensor that the body makes. */
  made(slice: Slice): void {
    this.#lifetimes.set(slice.home, { slice, size: slice.size, first: Infinity, last: -Infinity, apart: new Set() })
  }

  /** Takes note of the tensors that a dispatch uses. */
  use({ bindings }: Interface, tensors: Tensors): Record<string, Noted> {
    const at = this.#count++
    const all = bindings.map(({ name, writable }) => ({ name, writable, noted: this.#noted(tensors[name].slice) }))
    for (const { writable, noted } of all) {
      this.uses.add(noted.slice.home)
      if (!noted.lifetime) continue
      extend(noted.lifetime, at)
      for (const other of all)
        if (other.noted.lifetime && other.writable !== writable) noted.lifetime.apart.add(other.noted.lifetime)
    }
    return Object.fromEntries(all.map(({ name, noted }) => [name, noted]))
  }

  /** @throws where a replay could not do the same */
  add(dispatch: Unbound): void {
    const { kernel, tensors } = dispatch
    if (this.#working) throw new Error(`record: eachTime is for the host's work, ${kernel.name} is a dispatch`)
    for (const [name, { slice, lifetime }] of Object.entries(tensors)) {
      if (lifetime || !this.#arena.endsWithStep(slice)) continue
      throw new Error(
        `record: ${name} of ${kernel.name} was made in this step before the recording, and ends with the step. ` +
          "Make it in the body, or with gpu.persistent",
      )
    }
    this.dispatches.push(dispatch)
  }

  eachTime(work: () => void): void {
    this.#working = true
    try {
      work()
    } finally {
      this.#working = false
    }
    this.work.push(work)
  }

  /** Takes note that the host writes there, before all dispatches. */
  written(slice: Slice): void {
    const noted = this.#noted(slice)
    if (!noted.lifetime) return
    extend(noted.lifetime, -1)
    this.open.push(noted)
  }

  /** @throws where a replay could not do the same */
  write(slice: Slice, data: HostData): void {
    if (!this.#working) {
      throw new Error(
        "record: the body writes host data, which a replay would not repeat. " +
          "Give gpu.tensor a function, write in gpu.eachTime, or write before the recording",
      )
    }
    if (this.uses.has(slice.home)) {
      throw new Error(
        "record: the body writes host data into a buffer that a dispatch before it uses; in a replay all writes come " +
          "before all dispatches. Use a buffer for each",
      )
    }
    this.written(slice)
    // The body may fill its array again for another tensor.
    this.writes.push([slice, data.slice()])
  }

  /** Keeps what lies there to the end of the step. */
  keep(slice: Slice): void {
    const noted = this.#noted(slice)
    if (!noted.lifetime) return
    extend(noted.lifetime, Infinity)
    this.open.push(noted)
  }

  /** Keeps everything that was made. */
  keepAll(): void {
    for (const { slice } of this.#lifetimes.values()) this.keep(slice)
  }

  /** The body is over, and with it all that it does not keep. */
  end(): void {
    for (const [home, { last }] of this.#lifetimes) home.gone = last < Infinity
  }

  /** Places for all that is used. */
  layout(): Layout {
    const { maxBufferSize, maxStorageBufferBindingSize } = this.#arena.allowed
    const used = [...this.#lifetimes.values()].filter(({ last }) => last > -Infinity)
    return layOut(used, Math.min(maxBufferSize, maxStorageBufferBindingSize))
  }

  #noted(slice: Slice): Noted {
    return { slice, offset: slice.offset, lifetime: this.#lifetimes.get(slice.home) }
  }
}

function extend(lifetime: Lifetime, at: number): void {
  lifetime.first = Math.min(lifetime.first, at)
  lifetime.last = Math.max(lifetime.last, at)
}
