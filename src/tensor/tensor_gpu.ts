import type { DeviceOptions } from "../gpu/adapter.ts"
import { checkBuffer } from "../gpu/buffer_limit.ts"
import { Gpu } from "../gpu/gpu.ts"
import type { Recording } from "../gpu/recording.ts"
import { MOST_NUMBERS } from "./rows.ts"
import { type Shape, show, sizeOf, Tensor } from "./tensor.ts"

/** So many numbers of a tensor are kept on the host for checks: a batch of labels, no images. */
const FEW = 2 ** 14

/** What a plan writes: only where counts. */
const NOTHING = new Float32Array(0)

/** A Gpu that makes tensors. */
export class TensorGpu extends Gpu {
  /** Whether ops note themselves for `backward`; see `noGrad`. */
  taping = true

  /**
   * Numbers that one dispatch of a kernel that only moves them is given; tests make them few. See
   * rows.ts.
   */
  mostNumbers = MOST_NUMBERS[this.adapter.kind]

  #one: Tensor | undefined

  /**
   * Host numbers as a tensor of the current step.
   *
   * @param data as many numbers as the shape says; or a function that gives them, now and at each
   * replay of the recording that this is a part of
   * @param options `requiresGrad: false` where no gradient is wanted, as for a batch of images
   */
  tensor(shape: Shape, data: ArrayLike<number> | (() => ArrayLike<number>), { requiresGrad = true } = {}): Tensor {
    const tensor = new Tensor(this, checked(shape), this.arena.step(this.#bytes(shape)), requiresGrad)
    const { slice, size } = tensor
    if (typeof data !== "function") {
      this.write(slice, numbers(shape, data))
      if (size <= FEW) tensor.given = Float32Array.from(data)
    } else this.eachTime(() => this.write(slice, this.planning ? NOTHING : numbers(shape, data(), size)))
    return tensor
  }

  /**
   * The same, beyond the step: running statistics, data that stays on the GPU. Zeros without
   * `data`.
   */
  persistent(shape: Shape, data?: ArrayLike<number>): Tensor {
    const tensor = new Tensor(this, checked(shape), this.arena.persistent(this.#bytes(shape)), false, true)
    // No command knows the buffer yet, so there is none to wait for; and a recording is no reason
    // to write it again.
    if (data) this.device.queue.writeBuffer(tensor.slice.buffer, tensor.slice.offset, numbers(shape, data))
    return tensor
  }

  /** A tensor of the current step for a kernel to fill; contents are unspecified. */
  empty(shape: Shape): Tensor {
    return new Tensor(this, shape, this.arena.step(this.#bytes(shape)), false)
  }

  /**
   * The number 1, in a shape that has one element: where a backward starts. Made once, so that no
   * step fills it.
   */
  one(shape: Shape): Tensor {
    const { slice } = (this.#one ??= this.persistent([], [1]))
    return new Tensor(this, shape, slice, false, true)
  }

  /** A tensor of ones, filled on the GPU. */
  ones(shape: Shape): Tensor {
    const y = this.empty(shape)
    this.run("fill", { y }, { n: y.size, value: 1 }, [y.size])
    return y
  }

  override record<T>(body: () => T): Recording<T> {
    return super.record(() => {
      const result = body()
      this.keepResult(result)
      return result
    })
  }

  /**
   * Keeps the tensors in `result`, what the body of a recording returns, and their gradients. If
   * backward may yet be called on one, it needs everything that was made.
   */
  keepResult(result: unknown): void {
    if (result instanceof Tensor) {
      this.keep(result)
      if (result.hasGradient) this.keep(result.grad!)
      else if (result.node) this.keepAll()
    } else if (Array.isArray(result) || Object.getPrototypeOf(result ?? 0) === Object.prototype) {
      for (const value of Object.values(result as object)) this.keepResult(value)
    }
  }

  /**
   * Runs `body` without noting ops: for evaluation, and for arithmetic that is not differentiated.
   */
  noGrad<T>(body: () => T): T {
    const before = this.taping
    this.taping = false
    try {
      return body()
    } finally {
      this.taping = before
    }
  }

  #bytes(shape: Shape): number {
    const bytes = sizeOf(shape) * 4
    checkBuffer(() => `a tensor ${show(shape)}`, bytes, this.arena.limits)
    return bytes
  }
}

/** As the device takes them. @throws where they are not as many as the shape says */
/** @param size of the shape; a step should not work it out again */
function numbers(shape: Shape, data: ArrayLike<number>, size = sizeOf(shape)): Float32Array<ArrayBuffer> {
  if (data.length !== size) {
    throw new Error(`tensor: ${show(shape)} wants ${size} numbers, ${data.length} were given`)
  }
  // Dawn's writeBuffer crashes on views of shared memory.
  return data instanceof Float32Array && data.buffer instanceof ArrayBuffer
    ? (data as Float32Array<ArrayBuffer>)
    : new Float32Array(data)
}

function checked(shape: Shape): Shape {
  if (shape.some((extent) => !Number.isInteger(extent) || extent < 1)) {
    throw new Error(`tensor: a shape holds whole numbers of 1 or more, got ${show(shape)}`)
  }
  return shape
}

/**
 * Opens the best adapter: a GPU if there is one, else a software adapter.
 *
 * @param options see `DeviceOptions`; `{ adapter: "software" }` forces a software adapter
 * @throws with what was found and what to install when there is none
 */
export async function openGpu(options: DeviceOptions = {}): Promise<TensorGpu> {
  // gpu/device.ts in Node, gpu/device_browser.ts in a browser's build: package.json says so under
  // "imports".
  const { openDevice } = await import("#device")
  return new TensorGpu(await openDevice(options))
}
