/**
 * Area under the ROC curve: the probability that a positive scores higher than a negative, a tie counting half. As
 * https://scikit-learn.org/stable/modules/generated/sklearn.metrics.roc_auc_score.html ; computed as the Mann-Whitney
 * U statistic of the ranks, AUC = (R - P(P+1)/2) / (P Q) with R the sum of the P positives' ranks and Q negatives.
 *
 * @returns null without a positive or without a negative
 */
export function rocAuc(positive: readonly boolean[], scores: readonly number[]): number | null {
  const ranks = midranks(scores)
  const positives = positive.filter(Boolean).length
  const negatives = positive.length - positives
  if (positives === 0 || negatives === 0) return null
  const sum = ranks.reduce((total, rank, i) => (positive[i] ? total + rank : total), 0)
  return (sum - (positives * (positives + 1)) / 2) / (positives * negatives)
}

/** Ranks from 1; equal values share the mean of the ranks they take up. */
export function midranks(values: readonly number[]): number[] {
  const order = [...values.keys()].sort((a, b) => values[a] - values[b])
  const ranks = new Array<number>(values.length)
  for (let from = 0; from < order.length; ) {
    let to = from
    while (to < order.length && values[order[to]] === values[order[from]]) to++
    for (let i = from; i < to; i++) ranks[order[i]] = (from + 1 + to) / 2
    from = to
  }
  return ranks
}
