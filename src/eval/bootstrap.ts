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

/**
 * Metrics of a sample whose item i counts `weights[i]` times; null where a metric is not defined.
 */
export type Statistic<Key extends string = string> = (weights: Float64Array) => Record<Key, number | null>

export interface BootstrapOptions {
  resamples: number
  /** Of the draws. */
  seed: number
  level?: number
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
  const whole = statistic(new Float64Array(groups.length).fill(1))
  const keys = Object.keys(whole) as Key[]
  const drawn = collect(keys, resamples(groups, options), statistic)
  const without = collect(keys, leftOut(groups), statistic)
  const level = options.level ?? LEVEL
  const intervals = keys.map((key) => [key, intervalOf(whole[key], drawn[key], without[key], level)])
  return Object.fromEntries(intervals) as Record<Key, BootstrapInterval>
}

/** Number of each item's group, in the order in which groups first occur. */
function groupNumbers(groups: readonly string[]): { of: Int32Array; count: number } {
  const numbers = new Map<string, number>()
  const of = Int32Array.from(groups, (group) => {
    if (!numbers.has(group)) numbers.set(group, numbers.size)
    return numbers.get(group)!
  })
  return { of, count: numbers.size }
}

/**
 * As many groups as there are, drawn with replacement, again and again: how often each item counts.
 * The array is the same one each time.
 */
export function* resamples(
  groups: readonly string[],
  { resamples, seed }: Pick<BootstrapOptions, "resamples" | "seed">,
): Generator<Float64Array> {
  const { of, count } = groupNumbers(groups)
  const times = new Float64Array(count)
  const weights = new Float64Array(groups.length)
  for (let round = 0; round < resamples; round++) {
    const random = new Random(seed, Purpose.bootstrap, round)
    times.fill(0)
    for (let draw = 0; draw < count; draw++) times[random.integer(count)]++
    for (let i = 0; i < of.length; i++) weights[i] = times[of[i]]
    yield weights
  }
}

/** All items but those of one part, for each part. */
function* leftOut(groups: readonly string[]): Generator<Float64Array> {
  const { of, count } = groupNumbers(groups)
  const parts = Math.min(count, JACKKNIFE_PARTS)
  const weights = new Float64Array(groups.length)
  for (let part = 0; part < parts; part++) {
    for (let i = 0; i < of.length; i++) weights[i] = of[i] % parts === part ? 0 : 1
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

/**
 * @param whole the metric of the sample itself
 * @param drawn of each resample
 * @param without of the sample without each part
 */
function intervalOf(
  whole: number | null,
  drawn: readonly (number | null)[],
  without: readonly (number | null)[],
  level: number,
): BootstrapInterval {
  if (whole === null) return none("the figure itself is not defined")
  const known = Float64Array.from(drawn.filter((value) => value !== null)).sort()
  const missing = drawn.length - known.length
  if (missing > MOST_UNDEFINED * drawn.length)
    return none(`the figure is not defined in ${missing} of ${drawn.length} resamples: there are too few groups`)
  const tail = (1 - level) / 2
  const percentile: Range = [quantile(known, tail), quantile(known, 1 - tail)]
  const [low, high] = percentile
  if (low === high)
    return none(`(nearly) all resamples came to ${low}: the bootstrap cannot tell how far it might have been elsewhere`)
  const ends = bcaTails(whole, known, without, tail)
  if (typeof ends === "string") return { percentile, bca: null, why: ends }
  return { percentile, bca: [quantile(known, ends[0]), quantile(known, ends[1])] }
}

/** Which quantiles the BCa interval lies between, or why there is none. */
function bcaTails(
  whole: number,
  known: Float64Array,
  without: readonly (number | null)[],
  tail: number,
): Range | string {
  const below = known.reduce((n, value) => n + (value < whole ? 1 : value === whole ? 0.5 : 0), 0) / known.length
  const bias = normalQuantile(below)
  if (!Number.isFinite(bias)) return "all resamples lie on one side of the figure"
  if (without.includes(null)) return "the figure is not defined where one group is left out"
  const centre = without.reduce<number>((total, value) => total + value!, 0) / without.length
  const deviations = without.map((value) => centre - value!)
  const squares = deviations.reduce((total, value) => total + value ** 2, 0)
  if (squares === 0) return "no group changes the figure by being left out"
  const acceleration = deviations.reduce((total, value) => total + value ** 3, 0) / (6 * squares ** 1.5)
  const end = (q: number) => {
    const z = bias + normalQuantile(q)
    return normalCdf(bias + z / (1 - acceleration * z))
  }
  return [end(tail), end(1 - tail)]
}
