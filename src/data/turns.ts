/**
 * Work in the order in which it was asked for, one after the other: no two are ever under way at
 * once.
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

/**
 * Images that need much memory are decoded one after another: a folder of them takes no more than
 * one does.
 */
export const largeImages = new Turns()
