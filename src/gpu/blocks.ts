/**
 * The buffers that recordings work in. All recordings share them, each as large as the largest of
 * them wants. In a step that replays they are the recording's until `endStep()`; a second recording
 * of the same step works in the blocks behind them.
 */
import type { Slice } from "./arena.ts"
import type { Need } from "./memory.ts"

export class Blocks {
  readonly #arena: { make(size: number): Slice; release(slice: Slice): void }
  readonly #slices = new Map<number, Slice>()
  /** Those that recordings of this step work in. */
  readonly #inUse = new Set<number>()

  constructor(arena: { make(size: number): Slice; release(slice: Slice): void }) {
    this.#arena = arena
  }

  /** Where those begin that no recording works in this step. */
  get firstFree(): number {
    return Math.max(-1, ...this.#inUse) + 1
  }

  /** Makes blocks of these sizes, or larger ones, except for those in use. */
  reserve(sizes: Need): void {
    for (const [at, size] of sizes.entries()) if (!this.#inUse.has(at)) this.#atLeast(at, size)
  }

  /**
   * Blocks of these sizes, or larger, to work in until the end of the step.
   *
   * @throws if some are in use in this step
   */
  lend(first: number, sizes: Need): Slice[] {
    if (sizes.some((_, i) => this.#inUse.has(first + i))) {
      throw new Error(
        "replay: memory that the recording works in is in use in this step. " +
          "Replay once a step, and two recordings in one step only if they were made in one step",
      )
    }
    return sizes.map((size, i) => {
      this.#inUse.add(first + i)
      return this.#atLeast(first + i, size)
    })
  }

  endStep(): void {
    this.#inUse.clear()
  }

  /** All of them were destroyed. */
  forget(): void {
    this.#slices.clear()
  }

  /** One that is too small gives way to a larger one. */
  #atLeast(at: number, size: number): Slice {
    const known = this.#slices.get(at)
    if (known && known.size >= size) return known
    if (known) this.#arena.release(known)
    const made = this.#arena.make(size)
    this.#slices.set(at, made)
    return made
  }
}
