/**
 * The device of a benchmark: kernels of bench/shaders beside those of the engine, and guards around
 * tensors.
 */
import { readFileSync } from "node:fs"
import { PACKAGE } from "../src/files/package.ts"
import type { DeviceOptions, OpenDevice } from "../src/gpu/adapter.ts"
import type { Slice } from "../src/gpu/arena.ts"
import { openDevice } from "../src/gpu/device.ts"
import type { Consts } from "../src/gpu/kernel.ts"
import type { Shape, Tensor } from "../src/tensor/tensor.ts"
import { TensorGpu } from "../src/tensor/tensor_gpu.ts"
import type { Outputs } from "./ladder.ts"
import { type Guarded, guarded } from "./reference/guarded.ts"

const SHADERS = new URL("bench/shaders/", PACKAGE)

/** A dispatch, but for its tensors. */
export interface Noted {
  kernel: string
  params: Readonly<Record<string, number>>
  consts: Consts
}

/** A Gpu that can put guards around every tensor that a rung makes for itself. */
export class BenchGpu extends TensorGpu {
  #guards: Map<Slice, Guarded> | undefined
  #lasting = false
  #noted: Noted[] | undefined

  override run(...[kernel, tensors, params, threads, consts = {}]: Parameters<TensorGpu["run"]>): void {
    super.run(kernel, tensors, params, threads, consts)
    this.#noted?.push({ kernel, params, consts })
  }

  /** Runs `body`; the dispatches that it makes are added to the list. */
  noting(list: Noted[], body: () => void): void {
    this.#noted = list
    try {
      body()
    } finally {
      this.#noted = undefined
    }
  }

  constructor(readonly opened: OpenDevice) {
    super(opened)
  }

  override empty(shape: Shape): Tensor {
    if (this.#guards) return this.guarded(shape)
    return this.#lasting ? this.persistent(shape) : super.empty(shape)
  }

  /** Runs `body`; the tensors that it makes stay beyond the step. */
  lasting<T>(body: () => T): T {
    this.#lasting = true
    try {
      return body()
    } finally {
      this.#lasting = false
    }
  }

  /** Runs `body`; the persistent buffers that it makes end with it. */
  async scoped<T>(body: () => Promise<T>): Promise<T> {
    const { arena } = this
    const before = arena.persistent
    const made: Slice[] = []
    arena.persistent = (size, label) => {
      const slice = before.call(arena, size, label)
      // Those of a step are the arena's own, to be handed out again.
      if (label !== "step") made.push(slice)
      return slice
    }
    try {
      return await body()
    } finally {
      arena.persistent = before
      // Even where that throws what went wrong on the device.
      try {
        this.endStep()
      } finally {
        for (const { buffer } of made) {
          arena.bytes -= buffer.size
          arena.buffers--
          buffer.destroy()
        }
      }
    }
  }

  /** A tensor between guards; to be used inside `guarding`. */
  guarded(shape: Shape, data?: ArrayLike<number>): Tensor {
    const made = guarded(this, shape, data)
    this.#guards!.set(made.tensor.slice, made)
    return made.tensor
  }

  /**
   * Runs `body` with guards around every tensor that it makes.
   *
   * @returns the values of its outputs
   * @throws when something beside a tensor was written, or an element of an output was not
   */
  async guarding(body: () => Outputs | Promise<Outputs>): Promise<Record<string, Float32Array>> {
    const guards = new Map<Slice, Guarded>()
    this.#guards = guards
    try {
      const outputs = Object.entries(await body())
      const values: Record<string, Float32Array> = {}
      for (const guard of guards.values()) await guard.read({ partly: true })
      for (const [name, made] of outputs) {
        values[name] = made instanceof Float32Array ? made : await guards.get(made.slice)!.read()
      }
      return values
    } finally {
      this.#guards = undefined
      this.endStep()
      for (const slice of guards.keys()) slice.buffer.destroy()
    }
  }
}

/**
 * Opens the adapter, with timestamps at full resolution, and without what the user's own machine
 * was tuned to.
 */
export async function openBench(options: DeviceOptions = {}): Promise<BenchGpu> {
  const open = await openDevice({ ...options, profile: true, untuned: true })
  return new BenchGpu({ ...open, shader: (name) => ownShader(name) ?? open.shader(name) } satisfies OpenDevice)
}

function ownShader(name: string): string | undefined {
  try {
    return readFileSync(new URL(`${name}.wgsl`, SHADERS), "utf8")
  } catch {
    return undefined
  }
}
