/**
 * How much worse a run's networks are on a new set than out of fold. Out of fold, each image has
 * one network's answer, so the networks are also taken one by one on the new set: the mean of their
 * metrics against the mean over folds.
 */
import { decisionMetrics, rankingMetrics, whyUndefined } from "../eval/detection.ts"
import { type Difference, type Estimate, estimates, testedDifferences } from "../eval/estimates.ts"
import type { Answered } from "../eval/evaluation.ts"
import { mean } from "../eval/mean.ts"
import { answerOf } from "../eval/metrics.ts"
import { answerAt } from "../eval/threshold.ts"
import { multiclassMetrics, whyTypeUndefined } from "../eval/types.ts"

/** Names of the metrics that are compared, with two classes and with more. */
export const DETECTION_KEYS = ["auc", "sensitivity", "specificity", "accuracy"] as const
export const TYPES_KEYS = ["auc", "balancedAccuracy", "accuracy"] as const

export type Key = (typeof DETECTION_KEYS)[number] | (typeof TYPES_KEYS)[number]

type Values = Record<string, number | null>

export interface Drop {
  /** Mean over folds of the out-of-fold metrics. */
  outOfFold: Estimate
  /** Mean over networks of each one's metric on the new set. */
  here: Estimate
  /** `here` minus `outOfFold`, with p-values after Holm's correction. */
  change: Difference
  /** Of each network on the new set, in the order of the weights files. */
  networks: Estimate[]
}

export const keysFor = (classes: number): readonly Key[] => (classes === 2 ? DETECTION_KEYS : TYPES_KEYS)

/** The metrics of one set, at the thresholds that its networks have from validation images. */
export function comparedMetrics(set: readonly Answered[], classes: number): (weights: Float64Array) => Values {
  const labels = set.map(({ label }) => label)
  if (classes > 2) {
    const probabilities = set.map((item) => item.probabilities)
    const all = multiclassMetrics(labels, probabilities, probabilities.map(answerOf), classes)
    return (weights) => pick(all(weights).all as unknown as Values, TYPES_KEYS)
  }
  const logits = set.map((item) => item.logits[0])
  const decisions = decisionMetrics(
    labels,
    set.map(({ threshold }, i) => answerAt(logits[i], threshold)),
  )
  const ranks = rankingMetrics(labels, logits)
  return (weights) => pick({ ...decisions(weights), ...ranks(weights) }, DETECTION_KEYS)
}

const pick = (values: Values, keys: readonly string[]): Values =>
  Object.fromEntries(keys.map((key) => [key, values[key]]))

/**
 * By a bootstrap over the groups of both sets, which are drawn together.
 *
 * @param folds what each fold's network answered for its test images
 * @param networks what each network answers for the new images
 */
export function drops(
  folds: readonly (readonly Answered[])[],
  networks: readonly (readonly Answered[])[],
  classes: number,
  seed: number,
): Record<string, Drop> {
  const [{ length: here }] = networks
  const groups = [
    ...networks[0].map(({ group }) => `here ${group}`),
    ...folds.flatMap((fold) => fold.map(({ group }) => `run ${group}`)),
  ]
  const each = networks.map((set) => comparedMetrics(set, classes))
  let start = here
  const before = folds.map((fold) => {
    const [metrics, from, to] = [comparedMetrics(fold, classes), start, start + fold.length]
    start = to
    return (weights: Float64Array) => metrics(weights.subarray(from, to))
  })
  const keys = keysFor(classes)
  const means = (rows: readonly Values[]): Values =>
    Object.fromEntries(keys.map((key) => [key, mean(rows.map((row) => row[key]))]))
  const outOfFold = (weights: Float64Array) => means(before.map((metrics) => metrics(weights)))
  const now = (weights: Float64Array) => means(each.map((metrics) => metrics(weights.subarray(0, here))))
  const options = { seed }
  const change = (weights: Float64Array) => {
    const [a, b] = [outOfFold(weights), now(weights)]
    return Object.fromEntries(keys.map((key) => [key, a[key] === null || b[key] === null ? null : b[key] - a[key]]))
  }
  const [then, after, changes] = [
    estimates(groups, outOfFold, options),
    estimates(groups, now, options),
    testedDifferences(groups, change, options),
  ]
  const own = each.map((metrics) => estimates(groups.slice(0, here), metrics, options))
  return Object.fromEntries(
    keys.map((key) => [
      key,
      {
        ...{ outOfFold: then[key], here: after[key], change: changes[key] },
        networks: own.map((row) => row[key]),
      },
    ]),
  )
}

/** Why a metric of a set is not defined. */
export function whyNone(key: Key, set: readonly Answered[], classes: number): string {
  const labels = set.map(({ label }) => label)
  return classes > 2 ? whyTypeUndefined(key, set.length) : whyUndefined(key, labels, [])
}
