/**
 * y = mask * x; dx = mask * dy; each mask[i] is 0 with probability p, else 1 / (1 - p), so that the
 * mean stays. Any shape. As https://pytorch.org/docs/stable/generated/torch.nn.Dropout.html
 *
 * N. Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from Overfitting", JMLR
 * 15, 2014.
 */
import { Purpose } from "../tensor/random.ts"
import { overRows } from "../tensor/rows.ts"
import { op } from "../tensor/tape.ts"
import type { Tensor } from "../tensor/tensor.ts"
import type { TensorGpu } from "../tensor/tensor_gpu.ts"
import type { LayerDescriptor } from "./descriptor.ts"
import { Module } from "./module.ts"
import { multiply } from "./mul.ts"

/**
 * What the draws of one dropout are keyed by; `step` counts its forwards. Set it to repeat or to
 * resume.
 */
export class DropoutCounter {
  step = 0
  #buffer: Tensor | undefined

  /** @param stream tells several dropouts with one seed apart */
  constructor(
    public seed = 0,
    public stream = 0,
  ) {}

  /**
   * Counters of the next forward, on the GPU: in a buffer of its own, since a new uniform each step
   * would cost.
   */
  next(gpu: TensorGpu): Tensor {
    const buffer = this.#buffer?.gpu === gpu ? this.#buffer : gpu.persistent([3])
    this.#buffer = buffer
    gpu.eachTime(() => {
      gpu.write(buffer.slice, Uint32Array.of(this.seed, Purpose.dropout + 256 * this.stream, this.step))
      if (!gpu.planning) this.step++
    })
    return buffer
  }
}

const masked = op("dropout", {
  forward(x: Tensor, p: number, counter: DropoutCounter) {
    const y = x.gpu.empty(x.shape)
    const mask = x.gpu.empty(x.shape)
    const numbers = counter.next(x.gpu)
    let first = 0
    overRows([x, y, mask], ([x, y, mask]) => {
      const params = { n: x.size, first, threshold: Math.floor(p * 2 ** 32), scale: 1 / (1 - p) }
      x.gpu.run("dropout", { x, counter: numbers, y, mask }, params, [x.size])
      first += x.size
    })
    return { y, mask }
  },
  backward(dy, { mask }, x) {
    return [multiply(mask, dy, x.gradient())]
  },
})

export interface DropoutOptions {
  /** Share of the elements that are dropped, 0.5 unless given; 0 <= p < 1. */
  p?: number
  /** False in evaluation: x goes through as it is. */
  training?: boolean
  /** Where the draws come from; one for the whole GPU, seed 0, unless given. */
  counter?: DropoutCounter
}

const shared = new WeakMap<TensorGpu, DropoutCounter>()

function sharedCounter(gpu: TensorGpu): DropoutCounter {
  const counter = shared.get(gpu) ?? new DropoutCounter()
  shared.set(gpu, counter)
  return counter
}

function checkShare(op: string, p: number): void {
  if (!(Number.isFinite(p) && p >= 0 && p < 1)) throw new Error(`${op}: p is ${p}, expected a number from 0 to below 1`)
}

export function dropout(x: Tensor, { p = 0.5, training = true, counter }: DropoutOptions = {}): Tensor {
  checkShare("dropout", p)
  if (!training || p === 0) return x
  return masked(x, p, counter ?? sharedCounter(x.gpu))
}

/**
 * The layer of `dropout`; its draws follow from the network's seed and its place in the network.
 */
export class Dropout extends Module {
  static readonly descriptor: LayerDescriptor<Dropout> = {
    torch: { type: "Dropout", options: { p: "p" }, layer: ({ p }) => new Dropout({ p }) },
    // In eval mode everything passes through.
    onnx: () => [],
    featureMap: "ends",
    lesson: {
      text: "In training, drops half of the numbers at random; here, where the network only predicts, none.",
      page: "dropout",
    },
  }

  readonly p: number
  readonly counter = new DropoutCounter()

  constructor({ p = 0.5 }: { p?: number } = {}) {
    super()
    checkShare("Dropout", p)
    this.p = p
  }

  protected override reseed(seed: number, place: number): void {
    Object.assign(this.counter, { seed, stream: place, step: 0 })
  }

  override forward(x: Tensor): Tensor {
    return dropout(x, { p: this.p, training: this.training, counter: this.counter })
  }
}
