/**
 * From which probability on the positive class is answered. To be chosen on validation images,
 * never on tested ones.
 */

import { sigmoid } from "./calibration.ts"
import { once, ranking, sweep } from "./ranking.ts"

/**
 * Youden: the most of sensitivity + specificity - 1. Sensitivity: at least so much of it, with the
 * most specificity.
 */
export type ThresholdRule = { rule: "youden" } | { rule: "sensitivity"; least: number }

export interface Threshold {
  /** The positive class is answered above this probability. */
  probability: number
  /**
   * The same as a logit. What is compared are logits, since probabilities near 1 round to the same
   * number.
   */
  logit: number
  /** On the images that it was chosen on; null where it could not be chosen. */
  sensitivity: number | null
  specificity: number | null
  /** Why it is 0.5 without having been chosen. */
  why?: string
}

/** What is answered when nobody chooses. */
export const HALF: Threshold = { probability: 0.5, logit: 0, sensitivity: null, specificity: null }

/** The class that is answered: 1 above the threshold, 0 at it and below. */
export const answerAt = (logit: number, threshold: Pick<Threshold, "logit">): 0 | 1 => (logit > threshold.logit ? 1 : 0)

interface Candidate {
  logit: number
  sensitivity: number
  specificity: number
}

/**
 * Chooses among the midpoints between two neighbouring logits, and one below and one above all. Of
 * equally good ones the one nearest to 0.5 is taken: there must be a reason for leaving it.
 *
 * @param positive 1 for a positive, 0 for a negative
 */
export function chooseThreshold(
  positive: ArrayLike<number>,
  logits: ArrayLike<number>,
  rule: ThresholdRule,
): Threshold {
  const all = candidates(positive, logits)
  if (all.length === 0) return { ...HALF, why: oneClass(positive) }
  // At least as sensitive: sensitivity falls along the candidates' rising thresholds, specificity
  // rises.
  const allowed = rule.rule === "youden" ? all : all.filter(({ sensitivity }) => sensitivity >= rule.least)
  const worth = ({ sensitivity, specificity }: Candidate) =>
    rule.rule === "youden" ? sensitivity + specificity : specificity
  const most = Math.max(...allowed.map(worth))
  const best = allowed
    .filter((candidate) => worth(candidate) > most - 1e-12)
    .reduce((a, b) => (Math.abs(b.logit) < Math.abs(a.logit) ? b : a))
  return { probability: sigmoid(best.logit), ...best }
}

function candidates(positive: ArrayLike<number>, logits: ArrayLike<number>): Candidate[] {
  const counts: { logit: number; positives: number; negatives: number }[] = []
  sweep(positive, ranking(logits), once(positive.length), (positives, negatives, last) =>
    counts.push({ logit: logits[last], positives, negatives }),
  )
  const total = counts.at(-1)
  if (!total || total.positives === 0 || total.negatives === 0) return []
  // Between the k-th highest score and the next one below it, those above are predicted positive.
  const none = { logit: counts[0].logit + 2, positives: 0, negatives: 0 }
  return [none, ...counts].map(({ logit, positives, negatives }, k) => ({
    logit: k === counts.length ? logit - 1 : (logit + counts[k].logit) / 2,
    sensitivity: positives / total.positives,
    specificity: (total.negatives - negatives) / total.negatives,
  }))
}

function oneClass(positive: ArrayLike<number>): string {
  const n = positive.length
  if (n === 0) return "there is no validation image"
  return `all ${n} validation images are ${positive[0] === 1 ? "positive" : "negative"}`
}
