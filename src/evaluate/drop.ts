/**
 * How much worse a run's networks are on a new set than out of fold. Out of fold, each image has
 * one network's answer, so the networks are also taken one by one on the new set: the mean of their
 * metrics against the mean over folds.
 */
import { decisionMetrics, rankingMetrics, whyUndefined } from "../eval/detection.ts"
import { type Difference, type Estimate, estimates, minus, testedDifferences, withWilson } from "../eval/estimates.ts"
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
 * By a bootstrap over groups. Each set has an interval from its own groups; for the change, groups
 * are drawn within each set, as many as it has.
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
  const [first] = networks
  const tested = folds.flat()
  const [groups, groupsBefore] = [first, tested].map((set) => set.map(({ group }) => group))
  const keys = keysFor(classes)
  const means = (rows: readonly Values[]): Values =>
    Object.fromEntries(keys.map((key) => [key, mean(rows.map((row) => row[key]))]))
  const each = networks.map((set) => comparedMetrics(set, classes))
  const now = (weights: Float64Array) => means(each.map((metrics) => metrics(weights)))
  const before = byFold(folds, classes)
  const outOfFold = (weights: Float64Array) => means(before(weights))
  const change = (weights: Float64Array) => {
    const [a, b] = [outOfFold(weights.subarray(first.length)), now(weights.subarray(0, first.length))]
    return Object.fromEntries(keys.map((key) => [key, minus(b[key], a[key])]))
  }
  const strata = [...groups.map(() => 0), ...groupsBefore.map(() => 1)]
  const [after, then] = [estimates(groups, now, { seed }), estimates(groupsBefore, outOfFold, { seed })]
  const isOneClass = new Set(first.map(({ label }) => label)).size < 2
  const untested = new Map<string, string>([
    ...keys.flatMap((key): [string, string][] => {
      const side = [after, then].find((one) => one[key].value !== null && !one[key].interval)
      return side ? [[key, side[key].why!]] : []
    }),
    ...(isOneClass ? [["accuracy", ONE_CLASS] as const] : []),
  ])
  const changes = testedDifferences([...groups, ...groupsBefore], change, { seed, strata, untested })
  const own = each.map((metrics) => estimates(groups, metrics, { seed }))
  return Object.fromEntries(
    keys.map((key) => [
      key,
      {
        ...{ outOfFold: atEnds(key, then[key], tested), here: atEnds(key, after[key], first), change: changes[key] },
        networks: own.map((row) => atEnds(key, row[key], first)),
      },
    ]),
  )
}

/** The metrics of each fold, at weights of all folds' images. */
function byFold(folds: readonly (readonly Answered[])[], classes: number): (weights: Float64Array) => Values[] {
  let to = 0
  const parts = folds.map((fold) => {
    const [metrics, from, end] = [comparedMetrics(fold, classes), to, to + fold.length]
    to = end
    return (weights: Float64Array) => metrics(weights.subarray(from, end))
  })
  return (weights) => parts.map((metrics) => metrics(weights))
}

/** Then accuracy is another metric than out of fold. */
const ONE_CLASS = "the new images are of one class, of which it is the sensitivity or specificity alone"

/** The images that a metric is a proportion of; AUC and balanced accuracy are none. */
const among: Partial<Record<Key, (image: Answered) => boolean>> = {
  accuracy: () => true,
  sensitivity: ({ label }) => label === 1,
  specificity: ({ label }) => label === 0,
}

/** At 0 or 1, where resamples are all alike: Wilson's interval, with groups as trials. */
function atEnds(key: Key, estimate: Estimate, set: readonly Answered[]): Estimate {
  const isCounted = among[key]
  if (!isCounted || (estimate.value !== 0 && estimate.value !== 1)) return estimate
  return withWilson(estimate, new Set(set.filter(isCounted).map(({ group }) => group)).size)
}

/** Why a metric of a set is not defined. */
export function whyNone(key: Key, set: readonly Answered[], classes: number): string {
  const labels = set.map(({ label }) => label)
  return classes > 2 ? whyTypeUndefined(key, set.length) : whyUndefined(key, labels, [])
}
