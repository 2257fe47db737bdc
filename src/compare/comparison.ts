/**
 * What a comparison comes to: the AUC of every contender, the difference of every pair, and whether
 * two claims hold.
 */
import type { Dataset } from "../data/dataset.ts"
import { rocAuc } from "../eval/auc.ts"
import { type BootstrapInterval, bootstrap, RESAMPLES } from "../eval/bootstrap.ts"
import { decisionMetrics } from "../eval/detection.ts"
import { betterOf, type Range } from "../eval/interval.ts"
import { mean } from "../eval/mean.ts"
import { pairedDifference } from "../eval/paired.ts"
import { ranking } from "../eval/ranking.ts"
import type { CompareConfig } from "./config.ts"
import type { Choice, Contender, Outcome, Tested } from "./contender.ts"

/** A metric with its interval, BCa where there is one. */
export interface Metric {
  /** null where it is not defined. */
  value: number | null
  interval: Range | null
  method: "bca" | "percentile" | null
  /** Why there is no interval, or no BCa interval. */
  why?: string
}

/** A contender's metrics, all test images of all folds together. */
export interface Row extends Contender {
  auc: Metric
  accuracy: Metric
  balancedAccuracy: Metric
  /** Of each fold's test images alone. */
  foldAuc: (number | null)[]
  meanFoldAuc: number | null
  /** Training and testing, all settings and folds. */
  seconds: number
  choices: Choice[]
  /** The file that holds its predictions. */
  predictions: string
}

/** AUC of a minus AUC of b. */
export interface Difference extends Metric {
  a: string
  b: string
  /** The one that is better beyond chance: the interval does not hold 0. */
  better: string | null
}

export const CLAIMS = ["cnn-beats-traditional", "adam-beats-optimizers"] as const

export interface Claim {
  claim: (typeof CLAIMS)[number]
  subject: string
  /**
   * Those that it is better than, those that are better than it, and those of which neither is
   * shown.
   */
  better: string[]
  worse: string[]
  open: string[]
  /**
   * Better than each. That is one statement, and needs no correction for many: each part must hold
   * by itself.
   */
  holds: boolean
}

/** comparison.json */
export interface Comparison {
  /** Whether all contenders were finished. */
  complete: boolean
  /** Of all intervals. */
  level: number
  /** Bootstrap samples of groups, the same for all. */
  resamples: number
  contenders: Row[]
  /** Each pair once: networks before traditional methods, Adam before the other optimisers. */
  differences: Difference[]
  claims: Claim[]
  config: CompareConfig
}

export const predictionsFile = (id: string): string => `predictions-${id}.csv`

const metricOf = (value: number | null, { bca, percentile, why }: BootstrapInterval): Metric => {
  const method = bca ? "bca" : percentile ? "percentile" : null
  return { value, interval: bca ?? percentile, method, ...(why && { why }) }
}

export function rowOf(data: Dataset, outcome: Outcome, seed: number): Row {
  const { id, title, kind, choices, predictions, seconds } = outcome
  const { positive, scores, groups } = scored(data, predictions)
  const ranks = ranking(scores)
  const decisions = decisionMetrics(positive, predictions.map(({ answer }) => answer)) // biome-ignore format: short
  const metrics = (weights: Float64Array) => {
    const { accuracy, balancedAccuracy } = decisions(weights)
    return { auc: rocAuc(positive, scores, weights, ranks), accuracy, balancedAccuracy }
  }
  const whole = metrics(new Float64Array(predictions.length).fill(1))
  const intervals = bootstrap(groups, metrics, { resamples: RESAMPLES, seed })
  const foldAuc = choices.map(({ repeat, fold }) => {
    const part = scored(data, predictions.filter((tested) => tested.repeat === repeat && tested.fold === fold)) // biome-ignore format: short
    return rocAuc(part.positive, part.scores)
  })
  return {
    ...{ id, title, kind },
    auc: metricOf(whole.auc, intervals.auc),
    accuracy: metricOf(whole.accuracy, intervals.accuracy),
    balancedAccuracy: metricOf(whole.balancedAccuracy, intervals.balancedAccuracy),
    ...{ foldAuc, meanFoldAuc: mean(foldAuc), seconds, choices, predictions: predictionsFile(id) },
  }
}

/** By a paired bootstrap: each resample of groups is the same in both. */
export function differenceOf(data: Dataset, a: Outcome, b: Outcome, seed: number): Difference {
  const paired = pairedDifference(scored(data, b.predictions), scored(data, a.predictions), { seed })
  const metric = metricOf(paired.difference, paired.interval)
  return { a: a.id, b: b.id, ...metric, better: betterOf(metric.interval, a.id, b.id) }
}

function scored({ labels, groups }: Dataset, predictions: readonly Tested[]) {
  return {
    positive: predictions.map(({ index }) => labels[index]),
    scores: predictions.map(({ score }) => score),
    groups: predictions.map(({ index }) => groups[index]),
  }
}

/**
 * The subjects are named beforehand, not for being the best: the network with Adam, as `cnn train`
 * trains it; the first optimiser that there is where Adam is not among them.
 */
export function claimsOf(contenders: readonly Contender[], differences: readonly Difference[]): Claim[] {
  const networks = contenders.filter(({ kind }) => kind === "cnn").map(({ id }) => id)
  const traditional = contenders.filter(({ kind }) => kind === "traditional").map(({ id }) => id)
  const adam = networks.find((id) => id === "cnn-adam")
  const claim = (name: Claim["claim"], subject: string | undefined, others: string[]): Claim[] => {
    if (subject === undefined || others.length === 0) return []
    const winners = others.map((other) => {
      const pair = differences.find(({ a, b }) => (a === subject && b === other) || (a === other && b === subject))
      return [other, pair?.better ?? null]
    })
    const having = (winner: (other: string | null) => string | null) =>
      winners.filter(([other, better]) => better === winner(other)).map(([other]) => other!)
    const better = having(() => subject)
    const [worse, open] = [having((other) => other), having(() => null)]
    return [{ claim: name, subject, better, worse, open, holds: better.length === others.length }]
  }
  return [
    ...claim("cnn-beats-traditional", adam ?? networks[0], traditional),
    ...claim("adam-beats-optimizers", adam, networks.filter((id) => id !== adam)), // biome-ignore format: short
  ]
}
