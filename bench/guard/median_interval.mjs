/** The median of measurements, and how sure it is. */

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b)
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2
}

/**
 * The order statistics between which the median of what was sampled lies with 95 % confidence or
 * more, whatever its distribution: those of the sign test (Conover, Practical Nonparametric
 * Statistics, 3rd edition, section 3.2). @throws for fewer than six values, which have none
 */
export function medianInterval(values) {
  const n = values.length
  // The most values that may lie on one side: P(Binomial(n, 1/2) <= k) <= 0.025.
  let [k, tail, term] = [-1, 0, 0.5 ** n]
  while (tail + term <= 0.025) {
    k++
    tail += term
    term *= (n - k) / (k + 1)
  }
  if (k < 0) throw new Error(`an interval of the median needs 6 values or more, got ${n}`)
  const sorted = values.toSorted((a, b) => a - b)
  return [sorted[k], sorted[n - 1 - k]]
}
