/**
 * How far a metric could have been elsewhere, had the study met other patients: the bootstrap over
 * groups. Images of one group are alike, so they are drawn together; resampling images instead
 * would pretend to more patients than there were.
 *
 * Efron, "Better Bootstrap Confidence Intervals", JASA 82 (1987), 171-185; as
 * https://docs.scipy.org/doc/scipy/reference/generated/scipy.stats.bootstrap.html
 */
import { Purpose, Random } from "../tensor/random.ts"
import { LEVEL, quantile, type Range } from "./interval.ts"
import { normalCdf, normalQuantile } from "./normal.ts"
import { once } from "./ranking.ts"

/**
 * Metrics of a sample whose item i counts `weights[i]` times; null where a metric is not defined.
 */
export type Statistic<Key extends string = string> = (weights: Float64Array) => Record<Key, number | null>

export interface BootstrapOptions {
  resamples: number
  /** Of the draws. */
  seed: number
  /**
   * The set that each item is from, if there are several: groups are drawn within each, as many as
   * it has, and a name that two sets share means two groups.
   */
  strata?: readonly number[]
}

/**
 * As many as Efron and Tibshirani ask for BCa intervals; more would take longer than they are worth
 * to a run.
 */
export const RESAMPLES = 1000

export interface BootstrapInterval {
  /** Between the quantiles of what the resamples came to. */
  percentile: Range | null
  /**
   * The same with other quantiles: bias-corrected, and accelerated where the spread changes with
   * the metric.
   */
  bca: Range | null
  /** Why either is null. */
  why?: string
}

/**
 * A resample in which a metric is not defined says nothing; where more than this share does, there
 * is no interval.
 */
const MOST_UNDEFINED = 0.05

/**
 * At most so many parts are left out in turn for the acceleration; more groups than that are dealt
 * into as many parts.
 */
const JACKKNIFE_PARTS = 400

/** A metric of the sample and of other samples drawn from it. */
export interface Draws {
  /** Of the sample itself. */
  whole: number | null
  /** Of each resample. */
  drawn: readonly (number | null)[]
  /** Of the sample without each part, stratum by stratum. */
  without: readonly (readonly (number | null)[])[]
}

/**
 * Intervals of all metrics at once, from the same resamples.
 *
 * @param groups the group of each item
 */
export function bootstrap<Key extends string>(
  groups: readonly string[],
  statistic: Statistic<Key>,
  options: BootstrapOptions,
): Record<Key, BootstrapInterval> {
  const draws = Object.entries<Draws>(draw(groups, statistic, options))
  return Object.fromEntries(draws.map(([key, own]) => [key, intervalOf(own)])) as Record<Key, BootstrapInterval>
}

/** Computes all metrics of each resample once. */
export function draw<Key extends string>(
  groups: readonly string[],
  statistic: Statistic<Key>,
  options: BootstrapOptions,
): Record<Key, Draws> {
  const whole = statistic(once(groups.length))
  const keys = Object.keys(whole) as Key[]
  const strata = strataOf(groups, options.strata)
  const drawn = collect(keys, resamples(groups, options), statistic)
  const without = strata.map((stratum) => collect(keys, leftOut(groups.length, stratum), statistic))
  const draws = keys.map((key) => [key, { whole: whole[key], drawn: drawn[key], without: without.map((one) => one[key]) }]) // biome-ignore format: short
  return Object.fromEntries(draws) as Record<Key, Draws>
}

/** The items of one set, and the number of each one's group. */
interface Stratum {
  items: number[]
  of: number[]
  /** Groups, numbered in the order in which they first occur. */
  count: number
}

function strataOf(groups: readonly string[], strata?: readonly number[]): Stratum[] {
  return [...new Set(strata ?? [0])].map((stratum) => {
    const items = [...groups.keys()].filter((i) => strata === undefined || strata[i] === stratum)
    const numbers = new Map<string, number>()
    for (const i of items) if (!numbers.has(groups[i])) numbers.set(groups[i], numbers.size)
    return { items, of: items.map((i) => numbers.get(groups[i])!), count: numbers.size }
  })
}

/**
 * As many groups as there are in each stratum, drawn with replacement, again and again: how often
 * each item counts. The array is the same one each time.
 */
export function* resamples(
  groups: readonly string[],
  { resamples, seed, strata: of }: BootstrapOptions,
): Generator<Float64Array> {
  const strata = strataOf(groups, of)
  const weights = new Float64Array(groups.length)
  for (let round = 0; round < resamples; round++) {
    const random = new Random(seed, Purpose.bootstrap, round)
    for (const { items, of, count } of strata) {
      const times = new Float64Array(count)
      for (let draw = 0; draw < count; draw++) times[random.integer(count)]++
      for (let k = 0; k < items.length; k++) weights[items[k]] = times[of[k]]
    }
    yield weights
  }
}

/** All items but those of one part of a stratum, for each part. */
function* leftOut(length: number, { items, of, count }: Stratum): Generator<Float64Array> {
  const parts = Math.min(count, JACKKNIFE_PARTS)
  const weights = once(length)
  for (let part = 0; part < parts; part++) {
    for (let k = 0; k < items.length; k++) weights[items[k]] = of[k] % parts === part ? 0 : 1
    yield weights
  }
}

function collect<Key extends string>(
  keys: readonly Key[],
  samples: Iterable<Float64Array>,
  statistic: Statistic<Key>,
): Record<Key, (number | null)[]> {
  const values = Object.fromEntries(keys.map((key) => [key, [] as (number | null)[]])) as Record<Key, (number | null)[]>
  for (const weights of samples) {
    const metrics = statistic(weights)
    for (const key of keys) values[key].push(metrics[key])
  }
  return values
}

const none = (why: string): BootstrapInterval => ({ percentile: null, bca: null, why })

export function intervalOf({ whole, drawn, without }: Draws): BootstrapInterval {
  if (whole === null) return none("the metric itself is not defined")
  const known = Float64Array.from(drawn.filter((value) => value !== null)).sort()
  const missing = drawn.length - known.length
  if (missing > MOST_UNDEFINED * drawn.length)
    return none(`the metric is not defined in ${missing} of ${drawn.length} resamples: there are too few groups`)
  const tail = (1 - LEVEL) / 2
  const percentile: Range = [quantile(known, tail), quantile(known, 1 - tail)]
  const [low, high] = percentile
  if (low === high)
    return none(`(nearly) all resamples came to ${low}: the bootstrap cannot tell how far it might have been elsewhere`)
  const ends = bcaTails(whole, known, without, tail)
  if (typeof ends === "string") return { percentile, bca: null, why: ends }
  return { percentile, bca: [quantile(known, ends[0]), quantile(known, ends[1])] }
}

/** Which quantiles the BCa interval lies between, or why there is none. */
function bcaTails(whole: number, known: Float64Array, without: Draws["without"], tail: number): Range | string {
  const below = known.reduce((n, value) => n + (value < whole ? 1 : value === whole ? 0.5 : 0), 0) / known.length
  const bias = normalQuantile(below)
  if (!Number.isFinite(bias)) return "all resamples lie on one side of the metric"
  if (without.some((values) => values.includes(null))) return "the metric is not defined if one group is left out"
  const deviations = without.flatMap((values) => {
    const centre = values.reduce<number>((total, value) => total + value!, 0) / values.length
    // Of a single stratum this cancels out.
    const scale = without.length === 1 ? 1 : 1 - 1 / values.length
    return values.map((value) => scale * (centre - value!))
  })
  const squares = deviations.reduce((total, value) => total + value ** 2, 0)
  if (squares === 0) return "no group changes the metric by being left out"
  const acceleration = deviations.reduce((total, value) => total + value ** 3, 0) / (6 * squares ** 1.5)
  const end = (q: number) => {
    const z = bias + normalQuantile(q)
    return normalCdf(bias + z / (1 - acceleration * z))
  }
  return [end(tail), end(1 - tail)]
}
