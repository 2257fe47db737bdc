/** Several models on one set: each one's metric, and the difference of every pair beyond chance. */
import { rocAuc } from "./auc.ts"
import { type Difference, type Estimate, type EstimateOptions, estimates, testedDifferences } from "./estimates.ts"
import { ranking } from "./ranking.ts"

/** A model's metric on the set whose item i counts `weights[i]` times. */
export type ModelMetric = (weights: Float64Array) => number | null

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

/** The AUC, for `pairedModels`. */
export function aucOf(positive: ArrayLike<number>, scores: ArrayLike<number>): ModelMetric {
  const ranks = ranking(scores)
  return (weights) => rocAuc(positive, scores, weights, ranks)
}

/**
 * By a paired bootstrap: each resample of groups is the same for all models, so what is hard for
 * all cancels out. p-values are after Holm's correction for all pairs.
 *
 * @param groups the group of each item of the set, in the order in which the metrics count them
 */
export function pairedModels(
  groups: readonly string[],
  models: Readonly<Record<string, ModelMetric>>,
  options: EstimateOptions = {},
): PairedModels {
  const names = Object.keys(models)
  const pairs = names.flatMap((a, k) => names.slice(k + 1).map((b) => [a, b] as const))
  const each = (weights: Float64Array) =>
    Object.fromEntries(names.map((name) => [name, models[name](weights)] as const))
  const differences = (weights: Float64Array) => {
    const values = each(weights)
    return Object.fromEntries(
      pairs.map(([a, b], k) => [k, values[a] === null || values[b] === null ? null : values[a] - values[b]] as const),
    )
  }
  const compared = testedDifferences(groups, differences, options)
  return { models: estimates(groups, each, options), pairs: pairs.map(([a, b], k) => ({ a, b, ...compared[k] })) }
}
