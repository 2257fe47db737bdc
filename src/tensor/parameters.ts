/**
 * All parameters of a model in one buffer, all their gradients in another: an optimiser updates
 * them in one dispatch, and clipping scales their gradients in one.
 */
import type { Life, Slice } from "../gpu/arena.ts"
import { sum } from "./tape.ts"
import { type Shape, sizeOf, Tensor } from "./tensor.ts"
import type { TensorGpu } from "./tensor_gpu.ts"

/**
 * Storage bindings start at multiples of 256 bytes; what lies between two parameters is zero and
 * stays zero.
 */
export const ALIGN = 64

/**
 * One model's parameters: `values` and `grads`, each `length` floats with every parameter at its
 * `offset`.
 */
export class ParameterPack {
  readonly list: Parameter[] = []
  readonly values: Slice
  readonly grads: Slice
  readonly length: number

  constructor(
    readonly gpu: TensorGpu,
    shapes: readonly { name: string; shape: Shape }[],
  ) {
    const padded = shapes.map(({ shape }) => Math.ceil(sizeOf(shape) / ALIGN) * ALIGN)
    this.length = padded.reduce((sum, n) => sum + n, 0)
    this.values = gpu.arena.persistent(this.length * 4, "parameters")
    this.grads = gpu.arena.persistent(this.length * 4, "gradients")
    let offset = 0
    shapes.forEach(({ name, shape }, i) => {
      this.list.push(new Parameter(gpu, name, shape, this, offset))
      offset += padded[i]
    })
  }
}

/** A tensor that an optimiser updates. Its gradient of a step lies in its pack's `grads`. */
export class Parameter extends Tensor {
  readonly #home: Tensor
  #homeLife: Life | undefined
  #gradLife: Life | undefined

  constructor(
    gpu: TensorGpu,
    readonly name: string,
    shape: Shape,
    readonly pack: ParameterPack,
    /** Where it starts in the pack, in floats. */
    readonly offset: number,
  ) {
    const part = (whole: Slice) => gpu.arena.part(whole, offset * 4, sizeOf(shape) * 4)
    super(gpu, shape, part(pack.values), true, true)
    this.#home = new Tensor(gpu, shape, part(pack.grads), false, true)
  }

  override get hasGradient(): boolean {
    return this.#gradLife?.step === this.gpu.step
  }

  /**
   * Its place in the pack for the first op of a step that asks, so that nothing has to be copied
   * there.
   */
  override gradient(): Tensor {
    if (this.#homeLife?.step === this.gpu.step) return super.gradient()
    this.#homeLife = this.gpu.arena.life
    return this.#home
  }

  /** Into the pack, added to an earlier one of the same step. */
  override keepGradient(gradient: Tensor): void {
    const { life } = this.gpu.arena
    if (this.hasGradient) {
      if (this.gpu.recording) this.#refuseOther(life, "record")
      this.#copyHome(sum(this.grad, gradient))
    } else {
      if (gradient !== this.#home) this.#copyHome(gradient)
      this.gpu.eachTime(() => this.#reached(life))
    }
  }

  /**
   * A backward, of this step or of a recording that the step replays, leaves the gradient in its
   * place in the pack.
   */
  #reached(life: Life): void {
    // Where the last step replayed the same recording, its life goes on, and with it what is said
    // below.
    if (this.#gradLife === life) return
    if (this.hasGradient) this.#refuseOther(life, "replay")
    this.grad = this.#home
    this.#gradLife = this.#homeLife = life
  }

  /**
   * A recording writes the gradient as if it were the step's first; it cannot add to one that the
   * step has already.
   */
  #refuseOther(life: Life, what: string): void {
    if (this.#gradLife === life) return
    throw new Error(
      `${what}: ${this} has a gradient from outside the recording in this step. Let one recording hold both`,
    )
  }

  #copyHome(x: Tensor): void {
    this.#homeLife = this.gpu.arena.life
    this.gpu.run("copy", { x, y: this.#home }, { n: x.size }, [x.size])
  }

  override toString(): string {
    return `parameter ${this.name} [${this.shape.join(",")}]`
  }
}
