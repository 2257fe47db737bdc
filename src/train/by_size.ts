import type { Gpu } from "../gpu/gpu.ts"
import type { Recording } from "../gpu/recording.ts"

/**
 * A step that is recorded the first time it meets a size of batch, and replayed from then on. The
 * body's other circumstances (the network's mode, the head, the augmentation) must stay: whoever
 * changes them makes another one.
 */
export class BySize<T> {
  readonly #recordings = new Map<number, Recording<T>>()

  /**
   * @param body the ops of a step over so many images; what changes from batch to batch goes
   * through `gpu.eachTime`
   */
  constructor(
    readonly gpu: Gpu,
    readonly body: (n: number) => T,
  ) {}

  run(n: number): T {
    const known = this.#recordings.get(n)
    if (known) return known.replay()
    const made = this.gpu.record(() => this.body(n))
    this.#recordings.set(n, made)
    return made.result
  }
}
