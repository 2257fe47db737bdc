/**
 * Images on which there is nothing to be seen: cut-off exports, windows beside the values, empty
 * pages.
 */
import { contrast, histogram, LEAST_CONTRAST, middleEnds } from "./gray_range.ts"
import { contentBox } from "./letterbox.ts"

const BLANK = /^(nearly )?blank \(/

/** Whether a file was left out since there is nothing to be seen in it. */
export const isBlankReason = (reason: string): boolean => BLANK.test(reason)

/** A cheap test, without the image's shape: where it says no, the image is not blank. */
export function mayBeBlank(pixels: Uint8Array): boolean {
  const counts = countsOf(pixels)
  const shown = (from: number) => contrastFrom(counts, from)
  // The bars beside an image are black: they may hide that the rest is blank.
  return shown(0) < LEAST_CONTRAST || shown(1) < LEAST_CONTRAST
}

/**
 * Why an image cannot be learnt from; undefined where it can.
 *
 * @param pixels gray values [size, size], letterboxed
 * @param ratio the original's width over its height
 */
export function blankReason(pixels: Uint8Array, size: number, ratio: number): string | undefined {
  const box = contentBox(size, ratio)
  // Beside a bar the last row may be mixed with it.
  const [x, y] = [box.width < size && box.width > 2 ? 1 : 0, box.height < size && box.height > 2 ? 1 : 0]
  const counts = new Uint32Array(256)
  for (let row = box.top + y; row < box.top + box.height - y; row++)
    for (let column = box.left + x; column < box.left + box.width - x; column++) counts[pixels[row * size + column]]++
  const [low, high] = middleEnds(histogram(GRAYS, counts))
  if (high - low >= LEAST_CONTRAST) return undefined
  if (counts.filter((count) => count > 0).length === 1) return `blank (gray ${low} of 255 all over)`
  return `nearly blank (98 % of its pixels lie from gray ${low} to ${high} of 255)`
}

const GRAYS = Array.from({ length: 256 }, (_, gray) => gray)

function countsOf(pixels: Uint8Array): Uint32Array {
  const counts = new Uint32Array(256)
  for (const value of pixels) counts[value]++
  return counts
}

function contrastFrom(counts: Uint32Array, from: number): number {
  const rest = counts.map((count, gray) => (gray < from ? 0 : count))
  return rest.some((count) => count > 0) ? contrast(histogram(GRAYS, rest)) : 0
}
