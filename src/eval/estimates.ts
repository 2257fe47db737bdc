/** Metrics with their intervals, and p-values of differences, by the bootstrap over groups. */
import { type BootstrapOptions, type Draws, draw, intervalOf, RESAMPLES, type Statistic } from "./bootstrap.ts"
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

/** null if either is not defined. */
export const minus = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a - b)

export interface EstimateOptions extends Partial<BootstrapOptions> {
  /** Differences that get neither interval nor p-value, with the reason. */
  untested?: ReadonlyMap<string, string>
}

/** Why a difference is not tested if one side does not vary: 0 of 4 is 0 in each resample. */
export const ALL_ALIKE = "one side is the same in (nearly) all resamples: the bootstrap cannot tell how far it might be"

/** @param groups the group of each item */
export function estimates<Key extends string>(
  groups: readonly string[],
  statistic: Statistic<Key>,
  options: EstimateOptions = {},
): Record<Key, Estimate> {
  const draws = Object.entries<Draws>(draw(groups, statistic, { resamples: RESAMPLES, seed: 0, ...options }))
  return Object.fromEntries(draws.map(([key, own]) => [key, estimateOf(own)])) as Record<Key, Estimate>
}

function estimateOf(draws: Draws): Estimate {
  const { bca, percentile, why } = intervalOf(draws)
  return { value: draws.whole, interval: bca ?? percentile, ...(why && { why }) }
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
 * The two-sided p-value of the hypothesis that a difference is 0: twice the share of resamples on
 * the rarer side of 0, those at 0 included, with 1 added above and below, so never 0.
 * Davison and Hinkley, "Bootstrap Methods and their Application", 1997, chapter 4.
 *
 * @param drawn the difference in each resample
 * @returns null if it is undefined in all resamples
 */
export function pValue(drawn: Draws["drawn"]): number | null {
  const known = drawn.filter((value) => value !== null)
  const below = known.filter((value) => value <= 0).length
  const above = known.filter((value) => value >= 0).length
  return known.length === 0 ? null : Math.min(1, (2 * (Math.min(below, above) + 1)) / (known.length + 1))
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
  const of = (weights: Float64Array) => ({ values: {}, differences: differences(weights) })
  return compare(groups, of, options).differences
}

interface Compared<Value, Difference> {
  values: Value
  differences: Difference
}

/**
 * Metrics, and differences of theirs, from the same resamples: what `estimates` gives of the ones
 * and `testedDifferences` of the others, at once.
 */
export function compare<Value extends string, Of extends string>(
  groups: readonly string[],
  statistic: (weights: Float64Array) => Compared<Record<Value, number | null>, Record<Of, number | null>>,
  { resamples, seed = 0, strata, untested }: EstimateOptions = {},
): Compared<Record<Value, Estimate>, Record<Of, Difference>> {
  const whole = statistic(once(groups.length))
  const [values, keys] = [Object.keys(whole.values) as Value[], Object.keys(whole.differences) as Of[]]
  const flat: Statistic = (weights) => {
    const { values: own, differences } = statistic(weights)
    const out: Record<string, number | null> = {}
    for (const key of values) out[`value ${key}`] = own[key]
    for (const key of keys) out[`difference ${key}`] = differences[key]
    return out
  }
  const enough = resamples ?? Math.max(RESAMPLES, RESAMPLES_PER_TEST * keys.length)
  const draws = draw(groups, flat, { resamples: enough, seed, strata })
  const estimated = values.map((key) => {
    const own = draws[`value ${key}`]
    return [key, estimateOf({ ...own, drawn: own.drawn.slice(0, resamples ?? RESAMPLES) })]
  })
  const found = keys.map((key) => {
    const estimate = estimateOf(draws[`difference ${key}`])
    const why = untested?.get(key)
    return why === undefined ? estimate : { value: estimate.value, interval: null, why }
  })
  const p = keys.map((key, k) => (found[k].interval === null ? null : pValue(draws[`difference ${key}`].drawn)))
  const adjusted = holm(p)
  return {
    values: Object.fromEntries(estimated) as Record<Value, Estimate>,
    differences: Object.fromEntries(
      keys.map((key, k) => [key, { ...found[k], p: p[k], adjusted: adjusted[k] }]),
    ) as Record<Of, Difference>,
  }
}
