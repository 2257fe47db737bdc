/**
 * Items from the highest score to the lowest; items of equal scores come together or not at all.
 */
export interface Ranking {
  order: Int32Array
  /** Position behind the last item of each run of equal scores. */
  ends: Int32Array
}

export function ranking(scores: ArrayLike<number>): Ranking {
  const order = Int32Array.from(scores, (_, i) => i).sort((a, b) => scores[b] - scores[a])
  const ends: number[] = []
  for (let i = 1; i <= order.length; i++)
    if (i === order.length || scores[order[i]] !== scores[order[i - 1]]) ends.push(i)
  return { order, ends: Int32Array.from(ends) }
}

/** Each item once. */
export const once = (n: number): Float64Array => new Float64Array(n).fill(1)

/**
 * Counts above each distinct score, from the highest down: how many positives and how many
 * negatives there are with that score or a higher one. `visit` may be called with the same counts
 * twice where a weight is 0.
 *
 * @param positive 1 for a positive, 0 for a negative
 * @param weights how often each item counts
 */
export function sweep(
  positive: ArrayLike<number>,
  { order, ends }: Ranking,
  weights: ArrayLike<number>,
  visit: (positives: number, negatives: number, last: number) => void,
): void {
  let [positives, negatives, at] = [0, 0, 0]
  for (const end of ends) {
    for (; at < end; at++) {
      const item = order[at]
      if (positive[item] === 1) positives += weights[item]
      else negatives += weights[item]
    }
    visit(positives, negatives, order[end - 1])
  }
}
