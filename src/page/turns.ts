/**
 * Work in the order in which it was asked for, one after the other: a step on the GPU ends what another began before it, so
 * that no two may be under way at once.
 */
export class Turns {
  #last: Promise<unknown> = Promise.resolve()

  /** Begins `work` when all work before it has ended. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const own = this.#last.then(work)
    this.#last = own.catch(() => undefined)
    return own
  }
}
