/** Work done ahead of whoever takes its results, which come in the order of the items. */

interface Limits {
  /** Items that are worked on at once. */
  atOnce: number
  /** Items that may be begun or done before they are taken, so that memory stays bounded. */
  ahead: number
}

/**
 * The results of `work`, in order. Ending the loop over them begins no more work.
 *
 * @param work may reject: the loop over the results throws at that item
 */
export async function* inOrder<Item, Value>(
  items: readonly Item[],
  work: (item: Item) => Promise<Value>,
  { atOnce, ahead }: Limits,
): AsyncGenerator<Value> {
  const begun: Promise<Value>[] = []
  let [running, taken, ended] = [0, 0, false]
  const begin = () => {
    while (!ended && running < atOnce && begun.length < Math.min(items.length, taken + ahead)) {
      running++
      const own = work(items[begun.length])
      begun.push(own)
      const next = () => {
        running--
        begin()
      }
      // Whoever takes it sees the error; one that nobody takes is no crash.
      own.then(next, next)
    }
  }
  try {
    while (taken < items.length) {
      begin()
      const value = await begun[taken]
      delete begun[taken++]
      yield value
    }
  } finally {
    ended = true
  }
}
