/** Metrics with their intervals, and p-values of differences, by the bootstrap over groups. */
import { type BootstrapOptions, bootstrap, RESAMPLES, resamples, type Statistic } from "./bootstrap.ts"
import { type Range, wilson } from "./interval.ts"
import { once } from "./ranking.ts"

/**
 * A metric and its 95 % interval; by the bootstrap: BCa if there is one, otherwise between
 * percentiles.
 */
export interface Estimate {
  value: number | null
  interval: Range | null
  /** Why the value, the interval or its BCa variant is missing. */
  why?: string
}

/** A difference, and how likely one as large is if there is none. */
export interface Difference extends Estimate {
  /** Two-sided; null if there is no interval. */
  p: number | null
  /** The same after Holm's correction for all differences of one analysis. */
  adjusted: number | null
}

export type EstimateOptions = Partial<BootstrapOptions>

/** @param groups the group of each item */
export function estimates<Key extends string>(
  groups: readonly string[],
  statistic: Statistic<Key>,
  { resamples = RESAMPLES, seed = 0, level }: EstimateOptions = {},
): Record<Key, Estimate> {
  const values = statistic(once(groups.length))
  const intervals = bootstrap(groups, statistic, { resamples, seed, level })
  const made = Object.entries(intervals).map(([key, found]) => {
    const { bca, percentile, why } = found as (typeof intervals)[Key]
    return [key, { value: values[key as Key], interval: bca ?? percentile, ...(why && { why }) }]
  })
  return Object.fromEntries(made) as Record<Key, Estimate>
}

/**
 * A proportion with Wilson's interval, for which the bootstrap may have none: all of few are often
 * right.
 *
 * @param trials groups that it is a proportion of
 */
export function withWilson({ value, ...estimate }: Estimate, trials: number): Estimate {
  if (value === null) return { value, ...estimate }
  return { value, interval: wilson(value === 1 ? trials : value * trials, trials) }
}

/**
 * Two-sided p-values of the hypothesis that a difference is 0: twice the share of resamples on the
 * rarer side of 0, those at 0 included, with 1 added above and below, so never 0.
 * Davison and Hinkley, "Bootstrap Methods and their Application", 1997, chapter 4.
 *
 * @returns null for a difference that is undefined in all resamples
 */
export function pValues<Key extends string>(
  groups: readonly string[],
  differences: Statistic<Key>,
  { resamples: rounds = RESAMPLES, seed = 0 }: EstimateOptions = {},
): Record<Key, number | null> {
  const keys = Object.keys(differences(once(groups.length))) as Key[]
  const counts = keys.map(() => ({ below: 0, above: 0, known: 0 }))
  for (const weights of resamples(groups, { resamples: rounds, seed })) {
    const drawn = differences(weights)
    for (const [k, key] of keys.entries()) {
      const value = drawn[key]
      if (value === null) continue
      counts[k].known++
      if (value <= 0) counts[k].below++
      if (value >= 0) counts[k].above++
    }
  }
  const p = counts.map(({ below, above, known }) =>
    known === 0 ? null : Math.min(1, (2 * (Math.min(below, above) + 1)) / (known + 1)),
  )
  return Object.fromEntries(keys.map((key, k) => [key, p[k]])) as Record<Key, number | null>
}

/**
 * Holm's step-down correction of the p-values of one family of tests; nulls stay null and do not
 * count. As
 * https://www.statsmodels.org/stable/generated/statsmodels.stats.multitest.multipletests.html
 */
export function holm(p: readonly (number | null)[]): (number | null)[] {
  const order = [...p.keys()].filter((i) => p[i] !== null).sort((a, b) => p[a]! - p[b]!)
  const adjusted: (number | null)[] = p.map(() => null)
  let most = 0
  for (const [rank, i] of order.entries()) {
    most = Math.min(1, Math.max(most, (order.length - rank) * p[i]!))
    adjusted[i] = most
  }
  return adjusted
}

/** Resamples per test: the smallest p-value that they can give must survive the correction. */
const RESAMPLES_PER_TEST = 100

/**
 * Differences with interval, p-value and its correction; those without an interval are not tested.
 */
export function testedDifferences<Key extends string>(
  groups: readonly string[],
  differences: Statistic<Key>,
  options: EstimateOptions = {},
): Record<Key, Difference> {
  const keys = Object.keys(differences(once(groups.length))) as Key[]
  const enough = { resamples: Math.max(RESAMPLES, RESAMPLES_PER_TEST * keys.length), ...options }
  const found = estimates(groups, differences, enough)
  const drawn = pValues(groups, differences, enough)
  const p = keys.map((key) => (found[key].interval === null ? null : drawn[key]))
  const adjusted = holm(p)
  const rows = keys.map((key, k) => [key, { ...found[key], p: p[k], adjusted: adjusted[k] }])
  return Object.fromEntries(rows) as Record<Key, Difference>
}
