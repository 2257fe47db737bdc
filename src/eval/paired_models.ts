/** Several models on one set: each one's metrics, and the differences of pairs beyond chance. */
import type { Statistic } from "./bootstrap.ts"
import { compare, type Difference, type Estimate, type EstimateOptions, minus } from "./estimates.ts"
import { once } from "./ranking.ts"

/** Metric of the model `a` minus that of the model `b`. */
export interface PairOfModels extends Difference {
  a: string
  b: string
}

export interface PairedModels {
  models: Record<string, Estimate>
  /** Each pair once, in the order of the models. */
  pairs: PairOfModels[]
}

/**
 * By a paired bootstrap: each resample of groups is the same for all models, so what is hard for
 * all cancels out. p-values are after Holm's correction for all pairs in all metrics.
 *
 * @param groups the group of each item of the set, in the order in which the metrics count them
 * @param models each with its metrics of the set
 */
export function pairedModels<Key extends string>(
  groups: readonly string[],
  models: Readonly<Record<string, Statistic<Key>>>,
  options: EstimateOptions = {},
): Record<Key, PairedModels> {
  const names = Object.keys(models)
  const pairs = names.flatMap((_, a) => names.slice(a + 1).map((_, k) => [a, a + 1 + k] as const))
  const statistic = (weights: Float64Array) => {
    const rows = names.map((name) => models[name](weights))
    const [values, differences]: Record<string, number | null>[] = [{}, {}]
    for (const key of Object.keys(rows[0]) as Key[]) {
      for (const [k, row] of rows.entries()) values[`${key} ${k}`] = row[key]
      for (const [k, [a, b]] of pairs.entries()) differences[`${key} ${k}`] = minus(rows[a][key], rows[b][key])
    }
    return { values, differences }
  }
  const { values, differences } = compare(groups, statistic, options)
  const keys = Object.keys(models[names[0]](once(groups.length))) as Key[]
  const rows = keys.map((key) => [
    key,
    {
      models: Object.fromEntries(names.map((name, k) => [name, values[`${key} ${k}`]])),
      pairs: pairs.map(([a, b], k) => ({ a: names[a], b: names[b], ...differences[`${key} ${k}`] })),
    },
  ])
  return Object.fromEntries(rows) as Record<Key, PairedModels>
}
