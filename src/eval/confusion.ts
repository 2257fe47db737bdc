/** Counts of what was answered for what was true, and the metrics that follow from them. */

/** `matrix[label][answer]`: images of class `label` that were given the class `answer`. */
export type Confusion = number[][]

/**
 * As https://scikit-learn.org/stable/modules/generated/sklearn.metrics.confusion_matrix.html
 *
 * @param answers class an image, beside `labels`
 * @param weights how often each image counts; once where left out
 */
export function confusionMatrix(
  labels: ArrayLike<number>,
  answers: ArrayLike<number>,
  classes: number,
  weights?: ArrayLike<number>,
): Confusion {
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0))
  for (let i = 0; i < labels.length; i++) matrix[labels[i]][answers[i]] += weights ? weights[i] : 1
  return matrix
}

/** One class against the rest; null where there is nothing to divide by. */
export interface ClassMetrics {
  /** Images of the class. */
  n: number
  /** TP / (TP + FN), also called recall; null where no image is of the class. */
  sensitivity: number | null
  /** TN / (TN + FP); null where all images are of the class. */
  specificity: number | null
  /** TP / (TP + FP), also called PPV; null where the class was never answered. */
  precision: number | null
  /** TN / (TN + FN); null where the class was always answered. */
  npv: number | null
  /** 2 TP / (2 TP + FP + FN); null where the class neither is nor was answered. */
  f1: number | null
}

/**
 * As
 * https://scikit-learn.org/stable/modules/generated/sklearn.metrics.precision_recall_fscore_support.html
 */
export function classMetrics(matrix: Confusion, index: number): ClassMetrics {
  let [all, n, answered] = [0, 0, 0]
  for (const [label, row] of matrix.entries()) {
    all += sum(row)
    answered += row[index]
    if (label === index) n = sum(row)
  }
  const hits = matrix[index][index]
  const rightlyNot = all - n - answered + hits
  return {
    n,
    sensitivity: ratio(hits, n),
    specificity: ratio(rightlyNot, all - n),
    precision: ratio(hits, answered),
    npv: ratio(rightlyNot, all - answered),
    f1: ratio(2 * hits, n + answered),
  }
}

/**
 * Matthews' correlation coefficient of labels and answers, Gorodkin's R_K with more than two
 * classes: 1 where all is right, 0 where answers have nothing to do with labels. As
 * https://scikit-learn.org/stable/modules/generated/sklearn.metrics.matthews_corrcoef.html
 *
 * @returns null where one class only occurs or one only is answered; scikit-learn says 0 there
 */
export function matthews(matrix: Confusion): number | null {
  const is = matrix.map(sum)
  const answered = matrix.map((_, k) => sum(matrix.map((row) => row[k])))
  const all = sum(is)
  const right = sum(matrix.map((row, k) => row[k]))
  const dot = (u: readonly number[], v: readonly number[]) => u.reduce((total, value, k) => total + value * v[k], 0)
  const spread = (all * all - dot(is, is)) * (all * all - dot(answered, answered))
  return ratio(right * all - dot(is, answered), Math.sqrt(spread))
}

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
export const ratio = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole)
