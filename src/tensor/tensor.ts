import type { Life, Slice } from "../gpu/arena.ts"
import { backward, type Node, sum } from "./tape.ts"
import type { TensorGpu } from "./tensor_gpu.ts"

export type Shape = readonly number[]

export const sizeOf = (shape: Shape): number => shape.reduce((product, extent) => product * extent, 1)

/** Of WebGPU's minStorageBufferOffsetAlignment, in bytes; every device has this or less. */
const BINDING_ALIGNMENT = 256

/** Shape as people write it: `[2,3,8,8]`. */
export const show = (shape: Shape): string => `[${shape.join(",")}]`

/**
 * Numbers in a GPU buffer, float32, row-major, and the op that made them.
 *
 * A tensor made by an op, or by `gpu.tensor`, lives until `gpu.endStep()`; parameters and what
 * `gpu.persistent` made live on. One that a recording's body made ends with its last use there,
 * unless the body returns it: then it lives to the end of the step, and again, with new numbers, in
 * each step that replays. `grad` is there after `backward` for every tensor with `requiresGrad`
 * on the way to the loss.
 */
export class Tensor {
  /** The gradient of what `backward` was called on with respect to this tensor; same shape. */
  grad: Tensor | undefined
  /** A copy of the numbers that the host gave, if they are few: ops check labels and the like. */
  given: Float32Array | undefined
  /** The op that made it and what it was made from; none for a leaf. */
  node: Node | undefined
  readonly size: number
  readonly #slice: Slice
  readonly #life: Life
  #gradLife: Life | undefined

  constructor(
    readonly gpu: TensorGpu,
    readonly shape: Shape,
    slice: Slice,
    public requiresGrad: boolean,
    readonly persistent = false,
  ) {
    this.size = sizeOf(shape)
    this.#slice = slice
    this.#life = gpu.arena.life
  }

  /**
   * Where the numbers lie.
   *
   * @throws when the step that made the tensor is over, or a recording gave its memory back
   */
  get slice(): Slice {
    if (this.#slice.home.gone) {
      throw new Error(
        `${this} was made in a recording, which gave its memory back after the last op that used it. ` +
          "Return it from the recording's body to use it until endStep()",
      )
    }
    if (!this.persistent && this.#life.step !== this.gpu.step) {
      throw new Error(
        `${this} was made in step ${this.#life.step} and ended with it; it is step ${this.gpu.step} now. ` +
          "Use it before endStep(), or make it with gpu.persistent()",
      )
    }
    return this.#slice
  }

  /**
   * Gradients of this tensor with respect to everything it was made from, into their `grad`.
   *
   * @param dy the cotangent, same shape; left out for a single number
   */
  backward(dy?: Tensor): void {
    backward(this, dy)
  }

  /** The numbers, after all work so far. */
  async read(): Promise<Float32Array> {
    return (await this.gpu.read(this.slice)).subarray(0, this.size)
  }

  /**
   * How many rows are a stretch at whose end another may begin, see `rows`: a device binds from
   * multiples of 256 bytes.
   */
  get rowStep(): number {
    const numbers = BINDING_ALIGNMENT / 4
    const factors = this.size / this.shape[0]
    let step = numbers
    while (step > 1 && ((step / 2) * factors) % numbers === 0) step /= 2
    return step
  }

  /**
   * Some entries of the first dimension: the same numbers, no copy. @param from a multiple of
   * `rowStep`
   */
  rows(from: number, count: number): Tensor {
    const bytes = (4 * this.size) / this.shape[0]
    if (from % this.rowStep !== 0) throw new Error(`${this}: rows from ${from}, expected a multiple of ${this.rowStep}`)
    const slice = this.gpu.arena.part(this.slice, from * bytes, count * bytes)
    return new Tensor(this.gpu, [count, ...this.shape.slice(1)], slice, false, this.persistent)
  }

  /**
   * A tensor for the gradient of this one, for an op's backward to fill; contents are unspecified.
   */
  gradient(): Tensor {
    return this.gpu.empty(this.shape)
  }

  /** Whether a backward of the current step has reached it. */
  get hasGradient(): boolean {
    return this.#gradLife?.step === this.gpu.step
  }

  /** Into `grad`, added to what an earlier backward of the same step left there, as in PyTorch. */
  keepGradient(gradient: Tensor): void {
    this.grad = sum(this.hasGradient ? this.grad : undefined, gradient)
    this.#gradLife = this.gpu.arena.life
  }

  toString(): string {
    return `${this.node?.name ?? "tensor"} ${show(this.shape)}`
  }
}
