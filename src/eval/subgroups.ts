/** How a model does on parts of a set: men and women, each site, each body part. */
import { rocAuc } from "./auc.ts"
import type { Statistic } from "./bootstrap.ts"
import { confusionMatrix, ratio } from "./confusion.ts"
import { type Difference, type Estimate, type EstimateOptions, estimates, testedDifferences } from "./estimates.ts"
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
const MOST_VALUES = 30

/**
 * AUC, sensitivity and specificity, for `subgroups`.
 *
 * @param positive 1 for a positive, 0 for a negative
 * @param answers the same of what was answered
 */
export function twoClassMetrics(
  positive: ArrayLike<number>,
  scores: ArrayLike<number>,
  answers: ArrayLike<number>,
): Statistic<"auc" | "sensitivity" | "specificity"> {
  const ranks = ranking(scores)
  return (weights) => {
    const [[tn, fp], [fn, tp]] = confusionMatrix(positive, answers, 2, weights)
    return {
      auc: rocAuc(positive, scores, weights, ranks),
      sensitivity: ratio(tp, tp + fn),
      specificity: ratio(tn, tn + fp),
    }
  }
}

/**
 * Each value of each column, with intervals over groups, its difference from the rest, and p-values
 * after Holm's correction for all differences returned. A column of two values has one difference,
 * which stands at both with opposite signs and is counted once.
 *
 * @param groups the group of each item
 * @param columns each with the value of each item
 * @param metrics of all items, each counted `weights[i]` times; for any number of classes
 * @throws if a column has too many values
 */
export function subgroups<Key extends string>(
  groups: readonly string[],
  columns: Readonly<Record<string, readonly string[]>>,
  metrics: Statistic<Key>,
  options: EstimateOptions = {},
): Subgroup<Key>[] {
  const parts = Object.entries(columns).flatMap(([column, values]) => partsOf(column, values))
  const keys = Object.keys(metrics(once(groups.length))) as Key[]
  const name = (part: number, key: Key) => `${part} ${key}`
  const inside = parts.map(
    ({ member }) =>
      (weights: Float64Array) =>
        metrics(weights.map((w, i) => w * member[i])),
  )
  const outside = parts.map(
    ({ member }) =>
      (weights: Float64Array) =>
        metrics(weights.map((w, i) => w - w * member[i])),
  )
  const own: Statistic = (weights) => {
    const rows = inside.map((part) => part(weights))
    return Object.fromEntries(rows.flatMap((row, k) => keys.map((key) => [name(k, key), row[key]])))
  }
  const tested = [...parts.keys()].filter((k) => !parts[k].mirrored)
  const differences: Statistic = (weights) =>
    Object.fromEntries(
      tested.flatMap((k) => {
        const [a, b] = [inside[k](weights), outside[k](weights)]
        return keys.map((key) => [name(k, key), minus(a[key], b[key])])
      }),
    )
  const found = estimates(groups, own, options)
  const compared = testedDifferences(groups, differences, options)
  const differenceOf = (k: number, key: Key): Difference =>
    parts[k].mirrored ? opposite(compared[name(k - 1, key)]) : compared[name(k, key)]
  return parts.map(({ column, value, member }, k) => ({
    ...{ column, value, n: member.reduce((sum, one) => sum + one, 0) },
    groups: new Set(groups.filter((_, i) => member[i] === 1)).size,
    metrics: Object.fromEntries(
      keys.map((key) => [key, { ...found[name(k, key)], difference: differenceOf(k, key) }]),
    ) as Record<Key, SubgroupMetric>,
  }))
}

interface Part {
  column: string
  value: string
  /** 1 for each item that has the value. */
  member: Uint8Array
  /** The second of two values: its difference from the rest is the first one's with the opposite sign. */
  mirrored: boolean
}

function partsOf(column: string, cells: readonly string[]): Part[] {
  const named = cells.map((cell) => cell || "(empty)")
  const values = [...new Set(named)].sort()
  if (values.length > MOST_VALUES)
    throw new Error(
      `subgroups: column "${column}" has ${values.length} values, such as ${values.slice(0, 3).join(", ")}; expected at ` +
        `most ${MOST_VALUES}. Group them first, for example ages into ranges.`,
    )
  return values.map((value, k) => ({
    ...{ column, value, member: Uint8Array.from(named, (cell) => Number(cell === value)) },
    mirrored: values.length === 2 && k === 1,
  }))
}

const minus = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a - b)

function opposite({ value, interval, ...rest }: Difference): Difference {
  return { value: minus(0, value), interval: interval && [-interval[1], -interval[0]], ...rest }
}
