/** The built-in data, all at once. */
import type { Dataset } from "../src/data/dataset.ts"
import { drawPhantoms, type PhantomSet } from "../src/data/phantom.ts"

export function phantomDataset(options: PhantomSet): Dataset {
  const drawing = drawPhantoms(options)
  for (;;) {
    const { done, value } = drawing.next()
    if (done) return value
  }
}
