/** How well scores rank positives before negatives, whatever the threshold. */
import { once, type Ranking, ranking, sweep } from "./ranking.ts"

/**
 * Area under the ROC curve: the probability that a positive scores higher than a negative, a tie
 * counting half. As
 * https://scikit-learn.org/stable/modules/generated/sklearn.metrics.roc_auc_score.html
 *
 * @param positive 1 for a positive, 0 for a negative
 * @param weights how often each item counts; once where left out
 * @returns null without a positive or without a negative
 */
export function rocAuc(
  positive: ArrayLike<number>,
  scores: ArrayLike<number>,
  weights: ArrayLike<number> = once(positive.length),
  ranks: Ranking = ranking(scores),
): number | null {
  let [pairs, above, below] = [0, 0, 0]
  sweep(positive, ranks, weights, (positives, negatives) => {
    // The negatives of this score against the positives above it, and half against those beside it.
    pairs += ((above + positives) / 2) * (negatives - below)
    above = positives
    below = negatives
  })
  return above === 0 || below === 0 ? null : pairs / (above * below)
}

/** The AUC of weighted items, again and again: the scores are ranked once. */
export function aucOf(
  positive: ArrayLike<number>,
  scores: ArrayLike<number>,
): (weights: Float64Array) => number | null {
  const ranks = ranking(scores)
  return (weights) => rocAuc(positive, scores, weights, ranks)
}

/**
 * Average precision, sum_n (R_n - R_{n-1}) P_n over the distinct scores from the highest down: the
 * area under the precision-recall curve as a staircase, without interpolation. As
 * https://scikit-learn.org/stable/modules/generated/sklearn.metrics.average_precision_score.html
 *
 * @param weights how often each item counts; once where left out
 * @returns null without a positive
 */
export function averagePrecision(
  positive: ArrayLike<number>,
  scores: ArrayLike<number>,
  weights: ArrayLike<number> = once(positive.length),
  ranks: Ranking = ranking(scores),
): number | null {
  let [sum, above] = [0, 0]
  sweep(positive, ranks, weights, (positives, negatives) => {
    if (positives > above) sum += (positives - above) * (positives / (positives + negatives))
    above = positives
  })
  return above === 0 ? null : sum / above
}
