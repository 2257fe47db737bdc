/** Counts of what was answered for what was true, and the figures that follow from them. */

/** `matrix[label][answer]`: images of class `label` that were given the class `answer`. */
export type Confusion = number[][]

/**
 * As https://scikit-learn.org/stable/modules/generated/sklearn.metrics.confusion_matrix.html
 *
 * @param answers class an image, beside `labels`
 */
export function confusionMatrix(labels: ArrayLike<number>, answers: ArrayLike<number>, classes: number): Confusion {
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0))
  for (let i = 0; i < labels.length; i++) matrix[labels[i]][answers[i]]++
  return matrix
}

/** One class against the rest; null where there is nothing to divide by. */
export interface ClassFigures {
  /** Images of the class. */
  n: number
  /** TP / (TP + FN), also called recall; null where no image is of the class. */
  sensitivity: number | null
  /** TN / (TN + FP); null where all images are of the class. */
  specificity: number | null
  /** TP / (TP + FP); null where the class was never answered. */
  precision: number | null
  /** 2 TP / (2 TP + FP + FN); null where the class neither is nor was answered. */
  f1: number | null
}

/** As https://scikit-learn.org/stable/modules/generated/sklearn.metrics.precision_recall_fscore_support.html */
export function classFigures(matrix: Confusion, index: number): ClassFigures {
  const all = sum(matrix.flat())
  const hits = matrix[index][index]
  const n = sum(matrix[index])
  const answered = sum(matrix.map((row) => row[index]))
  return {
    n,
    sensitivity: ratio(hits, n),
    specificity: ratio(all - n - answered + hits, all - n),
    precision: ratio(hits, answered),
    f1: ratio(2 * hits, n + answered),
  }
}

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
export const ratio = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole)
