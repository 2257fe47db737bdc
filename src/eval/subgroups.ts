/** How a model does on parts of a set: men and women, each site, each body part. */
import { columnNamed } from "../data/column_names.ts"
import { didYouMean } from "../text/nearest.ts"
import { rocAuc } from "./auc.ts"
import type { Statistic } from "./bootstrap.ts"
import { confusionMatrix, ratio } from "./confusion.ts"
import {
  ALL_ALIKE,
  compare,
  type Difference,
  type Estimate,
  type EstimateOptions,
  minus,
  withWilson,
} from "./estimates.ts"
import { once, ranking } from "./ranking.ts"

/** Items with one value of a column. */
export interface Subgroup<Key extends string = string> {
  column: string
  value: string
  n: number
  groups: number
  metrics: Record<Key, SubgroupMetric>
}

export interface SubgroupMetric extends Estimate {
  /** This subgroup's value minus that of all other items. */
  difference: Difference
}

/** Beyond this there are too few items for each, and too many tests. */
export const MOST_VALUES = 30

/**
 * What `subgroups` computes of items, each counted `weights[i]` times; for any number of classes.
 */
export interface ItemMetrics<Key extends string> {
  of: Statistic<Key>
  /** Metrics that are proportions, with 1 for each item that they are a proportion of. */
  proportions?: Partial<Record<Key, ArrayLike<number>>>
}

/**
 * AUC, sensitivity and specificity.
 *
 * @param positive 1 for a positive, 0 for a negative
 * @param answers the same of what was answered
 */
export function twoClassMetrics(
  positive: ArrayLike<number>,
  scores: ArrayLike<number>,
  answers: ArrayLike<number>,
): ItemMetrics<"auc" | "sensitivity" | "specificity"> {
  const ranks = ranking(scores)
  const of = (weights: Float64Array) => {
    const [[tn, fp], [fn, tp]] = confusionMatrix(positive, answers, 2, weights)
    return {
      auc: rocAuc(positive, scores, weights, ranks),
      sensitivity: ratio(tp, tp + fn),
      specificity: ratio(tn, tn + fp),
    }
  }
  return { of, proportions: { sensitivity: positive, specificity: Array.from(positive, (one) => 1 - one) } }
}

/**
 * Each value of each column, with intervals over groups, its difference from the rest, and p-values
 * after Holm's correction for all differences returned. A column of two values has one difference,
 * which stands at both with opposite signs and is counted once.
 *
 * @param groups the group of each item
 * @param columns each with the value of each item
 * @throws if a column has too many values
 */
export function subgroups<Key extends string>(
  groups: readonly string[],
  columns: Readonly<Record<string, readonly string[]>>,
  metrics: ItemMetrics<Key>,
  options: EstimateOptions = {},
): Subgroup<Key>[] {
  const parts = Object.entries(columns).flatMap(([column, values]) => partsOf(column, values))
  const keys = Object.keys(metrics.of(once(groups.length))) as Key[]
  const name = (part: number, key: Key) => `${part} ${key}`
  const all = once(groups.length)
  /** Whether a metric of the part, or of the rest, comes to the same in all resamples. */
  const isAlike = ({ member }: Part, key: Key): boolean =>
    ([0, 1] as const).some((side) => {
      const own = metrics.of(weightsOf(all, member, side))[key]
      return own === 0 || own === 1 || groupsOf(groups, member, side) === 1
    })
  const statistic = (weights: Float64Array) => {
    const [values, differences]: Record<string, number | null>[] = [{}, {}]
    for (const [k, { member, mirrored }] of parts.entries()) {
      const own = metrics.of(weightsOf(weights, member, 1))
      const rest = mirrored ? undefined : metrics.of(weightsOf(weights, member, 0))
      for (const key of keys) values[name(k, key)] = own[key]
      if (rest) for (const key of keys) differences[name(k, key)] = minus(own[key], rest[key])
    }
    return { values, differences }
  }
  const untested = new Map(
    parts.flatMap((part, k) => keys.filter((key) => isAlike(part, key)).map((key) => [name(k, key), ALL_ALIKE])),
  )
  const { values: found, differences: compared } = compare(groups, statistic, { ...options, untested })
  return parts.map((part, k) => {
    const metricOf = (key: Key): SubgroupMetric => {
      const difference = part.mirrored ? opposite(compared[name(k - 1, key)]) : compared[name(k, key)]
      return { ...proportion(found[name(k, key)], groups, part, metrics.proportions?.[key]), difference }
    }
    const { column, value, member } = part
    return {
      ...{ column, value, n: member.reduce((sum, one) => sum + one, 0), groups: groupsOf(groups, member) },
      metrics: Object.fromEntries(keys.map((key) => [key, metricOf(key)])) as Record<Key, SubgroupMetric>,
    }
  })
}

/** The weights of the items in a part (1), or of all others (0). */
function weightsOf(weights: Float64Array, member: Uint8Array, side: 0 | 1): Float64Array {
  const own = new Float64Array(weights.length)
  for (let i = 0; i < own.length; i++) if (member[i] === side) own[i] = weights[i]
  return own
}

/**
 * A proportion's interval is Wilson's, with groups as trials, if each item is a group of its own or
 * the bootstrap says nothing: all of a small subgroup are often right.
 */
function proportion(estimate: Estimate, groups: readonly string[], part: Part, among?: ArrayLike<number>): Estimate {
  const single = new Set(groups).size === groups.length
  if (among === undefined || (estimate.interval !== null && !single)) return estimate
  return withWilson(estimate, groupsOf(groups, part.member.map((one, i) => one * among[i]))) // biome-ignore format: short
}

const groupsOf = (groups: readonly string[], member: Uint8Array, side: 0 | 1 = 1): number =>
  new Set(groups.filter((_, i) => member[i] === side)).size

interface Part {
  column: string
  value: string
  /** 1 for each item that has the value. */
  member: Uint8Array
  /**
   * The second of two values: its difference from the rest is the first one's with the opposite
   * sign.
   */
  mirrored: boolean
}

/** How many differences Holm's correction counts among some rows. */
export function countTests(rows: readonly Subgroup[]): number {
  const isMirrored = ({ column }: Subgroup, k: number) =>
    rows[k - 1]?.column === column && rows.filter((row) => row.column === column).length === 2
  return rows
    .filter((row, k) => !isMirrored(row, k))
    .flatMap(({ metrics }) => Object.values(metrics))
    .filter(({ difference }) => difference.adjusted !== null).length
}

/**
 * The columns of some names, whatever their case.
 *
 * @throws if there is none of a name, or if one has too many values
 */
export function columnsNamed(
  columns: Readonly<Record<string, readonly string[]>>,
  names: readonly string[],
): Record<string, readonly string[]> {
  const known = Object.keys(columns)
  const found = names.map((name) => {
    const column = columnNamed(known, name)
    if (column !== undefined) return column
    const expected =
      known.length === 0
        ? "the images have no columns, which a labels table (--labels) gives them"
        : `expected ${known.join(", ")}`
    throw new Error(`no column "${name}": ${expected}.${didYouMean(name, known)}`)
  })
  for (const column of found) partsOf(column, columns[column])
  return Object.fromEntries(found.map((column) => [column, columns[column]]))
}

function partsOf(column: string, cells: readonly string[]): Part[] {
  const named = cells.map((cell) => cell || "(empty)")
  const values = [...new Set(named)].sort()
  if (values.length > MOST_VALUES)
    throw new Error(
      `column "${column}" has ${values.length} values, such as ${values.slice(0, 3).join(", ")}; expected at ` +
        `most ${MOST_VALUES}. Group them first, for example ages into ranges.`,
    )
  return values.map((value, k) => ({
    ...{ column, value, member: Uint8Array.from(named, (cell) => Number(cell === value)) },
    mirrored: values.length === 2 && k === 1,
  }))
}

function opposite({ value, interval, ...rest }: Difference): Difference {
  return { value: minus(0, value), interval: interval && [-interval[1], -interval[0]], ...rest }
}
