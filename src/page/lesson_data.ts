/** Drawn radiographs, a few at a time, so that the page stays awake. */
import type { Dataset } from "../data/dataset.ts"
import { drawPhantoms } from "../data/phantom.ts"

/** Milliseconds of drawing between two looks at what else there is to do. */
const SHARE = 30

/** @param onProgress is called between two shares */
export async function drawn(
  set: { count: number; size: number; seed: number },
  onProgress: (done: number, total: number) => void,
): Promise<Dataset> {
  const drawing = drawPhantoms(set)
  let since = performance.now()
  for (;;) {
    const { done, value } = drawing.next()
    if (done) return value
    if (performance.now() - since < SHARE) continue
    onProgress(value, set.count)
    await new Promise((resolve) => setTimeout(resolve))
    since = performance.now()
  }
}
