/**
 * Sensitivity at a fixed specificity, and the reverse: the best point of the ROC curve, of all its
 * distinct scores and (0, 0). As with drop_intermediate=False in
 * https://scikit-learn.org/stable/modules/generated/sklearn.metrics.roc_curve.html
 */
import { once, type Ranking, ranking, sweep } from "./ranking.ts"

export interface OperatingPoint {
  /** Predicting positive from this score on; null if nothing is predicted positive. */
  threshold: number | null
  sensitivity: number
  specificity: number
}

type Rate = "sensitivity" | "specificity"

/**
 * The point with the highest other rate among those where `fixed` is at least `least`; of equals
 * the one with more of `fixed`.
 *
 * @param positive 1 for a positive, 0 for a negative
 * @param weights how often each item counts; once unless given
 * @returns null without a positive or without a negative
 */
export function operatingPoint(
  fixed: Rate,
  least: number,
  positive: ArrayLike<number>,
  scores: ArrayLike<number>,
  weights: ArrayLike<number> = once(positive.length),
  ranks: Ranking = ranking(scores),
): OperatingPoint | null {
  if (!(least >= 0 && least <= 1)) throw new Error(`operatingPoint: ${fixed} is ${least}; expected 0 to 1`)
  const all = { positives: 0, negatives: 0 }
  sweep(positive, ranks, weights, (positives, negatives) => {
    all.positives = positives
    all.negatives = negatives
  })
  if (all.positives === 0 || all.negatives === 0) return null
  // Nothing is made for each point: there are as many as images, and thousands of resamples.
  const best = { threshold: null as number | null, fixed: -1, free: -1 }
  const visit = (positives: number, negatives: number, last: number | null) => {
    const sensitivity = positives / all.positives
    const specificity = (all.negatives - negatives) / all.negatives
    const held = fixed === "sensitivity" ? sensitivity : specificity
    const free = fixed === "sensitivity" ? specificity : sensitivity
    if (held < least || free < best.free || (free === best.free && held <= best.fixed)) return
    best.threshold = last === null ? null : scores[last]
    best.fixed = held
    best.free = free
  }
  visit(0, 0, null)
  sweep(positive, ranks, weights, visit)
  const { threshold } = best
  return fixed === "sensitivity"
    ? { threshold, sensitivity: best.fixed, specificity: best.free }
    : { threshold, sensitivity: best.free, specificity: best.fixed }
}
