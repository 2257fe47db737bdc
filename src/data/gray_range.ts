/**
 * Which values of a picture become black and white where its file does not say it, and how much of
 * it can be seen then.
 */

/**
 * Values in rising order, each with the number of pixels that have it; at least one pixel in all.
 */
export interface Histogram {
  values: readonly number[]
  counts: readonly number[]
}

/** A value and a number of pixels each, in any order. */
export function histogram(values: ArrayLike<number>, counts: ArrayLike<number>): Histogram {
  const order = Array.from({ length: values.length }, (_, i) => i).filter((i) => counts[i] > 0)
  order.sort((a, b) => values[a] - values[b])
  return { values: order.map((i) => values[i]), counts: order.map((i) => counts[i]) }
}

/** How often each of 65,536 words occurs. */
export function wordCounts(words: Uint16Array): Uint32Array {
  const counts = new Uint32Array(65_536)
  for (let i = 0; i < words.length; i++) counts[words[i]]++
  return counts
}

/** What fewer pixels have on either side may be a mark, a frame or a defect. */
const TAIL = 0.01
/**
 * A value that lies further outside than this part of the middle range is no part of the picture,
 * ...
 */
const REACH = 1 / 2
/** ... nor is one behind a gap as wide as this part of it. */
const GAP = 1 / 16

/** Places of the lowest and the highest value without a hundredth of the pixels on either side. */
function middle({ counts }: Histogram): [low: number, high: number] {
  const drop = Math.floor(TAIL * counts.reduce((sum, count) => sum + count, 0))
  const place = (step: 1 | -1) => {
    let at = step === 1 ? 0 : counts.length - 1
    for (let left = drop - counts[at]; left >= 0; left -= counts[at]) at += step
    return at
  }
  return [place(1), place(-1)]
}

/**
 * The values that become black and white: those between which the middle 98 % of the pixels lie,
 * and from there outwards to the last that follows without a gap. One bright mark so does not turn
 * the rest black.
 *
 * @param least how far they are apart at least: noise of a few steps around one value is not to
 * look like a picture
 */
export function grayRange(found: Histogram, least: number): [low: number, high: number] {
  const { values } = found
  let [from, to] = middle(found)
  const [low, high] = [values[from], values[to]]
  const [reach, gap] = [REACH * (high - low), GAP * (high - low)]
  while (from > 0 && values[from] - values[from - 1] <= gap && low - values[from - 1] <= reach) from--
  while (to < values.length - 1 && values[to + 1] - values[to] <= gap && values[to + 1] - high <= reach) to++
  return [values[from], Math.max(values[to], values[from] + least)]
}

/** The values between which the middle 98 % of the pixels lie. */
export function middleEnds(shown: Histogram): [low: number, high: number] {
  const [low, high] = middle(shown)
  return [shown.values[low], shown.values[high]]
}

/** How far apart these are. */
export function contrast(shown: Histogram): number {
  const [low, high] = middleEnds(shown)
  return high - low
}

/** With less contrast than so many of 255 gray levels a picture shows nothing. */
export const LEAST_CONTRAST = 8
