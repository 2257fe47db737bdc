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
  const free = fixed === "specificity" ? "sensitivity" : "specificity"
  const points = rocCorners(positive, scores, weights, ranks)
  if (points === null) return null
  return points
    .filter((point) => point[fixed] >= least)
    .reduce((best, point) =>
      point[free] > best[free] || (point[free] === best[free] && point[fixed] > best[fixed]) ? point : best,
    )
}

function rocCorners(
  positive: ArrayLike<number>,
  scores: ArrayLike<number>,
  weights: ArrayLike<number>,
  ranks: Ranking,
): OperatingPoint[] | null {
  const counts: { threshold: number | null; positives: number; negatives: number }[] = [
    { threshold: null, positives: 0, negatives: 0 },
  ]
  sweep(positive, ranks, weights, (positives, negatives, last) =>
    counts.push({ threshold: scores[last], positives, negatives }),
  )
  const all = counts[counts.length - 1]
  if (all.positives === 0 || all.negatives === 0) return null
  return counts.map(({ threshold, positives, negatives }) => ({
    threshold,
    sensitivity: positives / all.positives,
    specificity: (all.negatives - negatives) / all.negatives,
  }))
}
