import type { DeviceOptions } from "../gpu/adapter.ts"
import { checkBuffer } from "../gpu/buffer_limit.ts"
import { Gpu } from "../gpu/gpu.ts"
import { type Shape, show, sizeOf, Tensor } from "./tensor.ts"

/** A Gpu that makes tensors. */
export class TensorGpu extends Gpu {
  /** Whether ops note themselves for `backward`; see `noGrad`. */
  recording = true

  /**
   * Host numbers as a tensor of the current step.
   *
   * @param data as many numbers as the shape says
   * @param options `requiresGrad: false` where no gradient is wanted, as for a batch of images
   */
  tensor(shape: Shape, data: ArrayLike<number>, { requiresGrad = true } = {}): Tensor {
    return this.#filled(new Tensor(this, checked(shape), this.arena.step(this.#bytes(shape)), requiresGrad), data)
  }

  /** The same, beyond the step: running statistics, data that stays on the GPU. Zeros without `data`. */
  persistent(shape: Shape, data?: ArrayLike<number>): Tensor {
    const tensor = new Tensor(this, checked(shape), this.arena.persistent(this.#bytes(shape)), false, true)
    return data ? this.#filled(tensor, data) : tensor
  }

  /** A tensor of the current step for a kernel to fill; contents are unspecified. */
  empty(shape: Shape): Tensor {
    return new Tensor(this, shape, this.arena.step(this.#bytes(shape)), false)
  }

  /** A tensor of ones, filled on the GPU. */
  ones(shape: Shape): Tensor {
    const y = this.empty(shape)
    this.run("fill", { y }, { n: y.size, value: 1 }, [y.size])
    return y
  }

  /** Runs `body` without noting ops: for evaluation, and for arithmetic that is not differentiated. */
  noGrad<T>(body: () => T): T {
    const before = this.recording
    this.recording = false
    try {
      return body()
    } finally {
      this.recording = before
    }
  }

  #bytes(shape: Shape): number {
    const bytes = sizeOf(shape) * 4
    checkBuffer(`a tensor ${show(shape)}`, bytes, this.device.limits)
    return bytes
  }

  #filled(tensor: Tensor, data: ArrayLike<number>): Tensor {
    if (data.length !== tensor.size) {
      throw new Error(`tensor: ${show(tensor.shape)} wants ${tensor.size} numbers, ${data.length} were given`)
    }
    // A copy: Dawn's writeBuffer crashes on views of shared memory.
    this.write(tensor.slice, new Float32Array(data))
    return tensor
  }
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
  // "#device" is gpu/device.ts in Node; a browser build puts its own there.
  const { openDevice } = await import("#device")
  return new TensorGpu(await openDevice(options))
}
