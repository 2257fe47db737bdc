/** How good answers are. A figure that is not defined for these images (no positive among them) is null, never NaN. */
import { rocAuc } from "./auc.ts"
import { type ClassFigures, type Confusion, classFigures, confusionMatrix, ratio, sum } from "./confusion.ts"

/** What every task has. */
interface Metrics {
  n: number
  accuracy: number | null
  /** Mean sensitivity over the classes that occur: what chance gets right does not depend on how many there are of each. */
  balancedAccuracy: number | null
  /** Accuracy of always answering the most frequent class of these images: what is had without looking at one. */
  majorityAccuracy: number | null
  /** Area under the ROC curve; with more than two classes the mean over each class against the rest. */
  auc: number | null
  /** `confusion[label][answer]`, in the order of the classes. */
  confusion: Confusion
}

/** Detection: class 1 is the positive one. */
export interface BinaryMetrics extends Metrics {
  /** Part of the positives that are found. */
  sensitivity: number | null
  /** Part of the negatives that are left alone. */
  specificity: number | null
  precision: number | null
  f1: number | null
}

/** Types: more than two classes. */
export interface TypeMetrics extends Metrics {
  macroSensitivity: number | null
  macroPrecision: number | null
  macroF1: number | null
  perClass: (ClassFigures & { auc: number | null })[]
}

/** What was predicted of some images. */
interface Answers {
  labels: ArrayLike<number>
  /** An array an image, one probability a class. */
  probabilities: readonly (readonly number[])[]
  /** Ranks positives for the AUC; where left out, the probability does. Logits keep apart what rounds to 1. */
  scores?: readonly number[]
}

/** The class that is answered: the most probable; the first of equals. */
export const answerOf = (probabilities: readonly number[]): number => probabilities.indexOf(Math.max(...probabilities))

/** @see https://scikit-learn.org/stable/modules/model_evaluation.html#classification-metrics */
export function binaryMetrics({ labels, probabilities, scores }: Answers): BinaryMetrics {
  const confusion = confusionMatrix(labels, probabilities.map(answerOf), 2)
  const { sensitivity, specificity, precision, f1 } = classFigures(confusion, 1)
  const positive = Array.from(labels, (label) => label === 1)
  const auc = rocAuc(positive, scores ?? probabilities.map(([, p]) => p))
  return { ...common(confusion), sensitivity, specificity, precision, f1, auc, confusion }
}

/** Macro averages are over the classes that occur; a class that is never answered has precision 0 in them. */
export function typeMetrics({ labels, probabilities }: Answers, classCount: number): TypeMetrics {
  const confusion = confusionMatrix(labels, probabilities.map(answerOf), classCount)
  const perClass = Array.from({ length: classCount }, (_, index) => {
    const positive = Array.from(labels, (label) => label === index)
    const scores = probabilities.map((p) => p[index])
    return { ...classFigures(confusion, index), auc: rocAuc(positive, scores) }
  })
  const occurring = perClass.filter(({ n }) => n > 0)
  return {
    ...common(confusion),
    macroSensitivity: mean(occurring.map(({ sensitivity }) => sensitivity)),
    macroPrecision: mean(occurring.map(({ precision }) => precision ?? 0)),
    macroF1: mean(occurring.map(({ f1 }) => f1)),
    auc: perClass.some(({ auc }) => auc === null) ? null : mean(perClass.map(({ auc }) => auc)),
    perClass,
    confusion,
  }
}

function common(confusion: Confusion) {
  const counts = confusion.map(sum)
  const n = sum(counts)
  const sensitivities = confusion.map((_, index) => classFigures(confusion, index).sensitivity)
  return {
    n,
    accuracy: ratio(sum(confusion.map((row, index) => row[index])), n),
    balancedAccuracy: mean(sensitivities),
    majorityAccuracy: ratio(Math.max(...counts), n),
  }
}

/** Of the values that are defined; null where none is. */
export function mean(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return ratio(sum(known), known.length)
}

/** Sample standard deviation (n - 1) of the values that are defined; null with fewer than two. */
export function standardDeviation(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  if (known.length < 2) return null
  const centre = sum(known) / known.length
  return Math.sqrt(sum(known.map((value) => (value - centre) ** 2)) / (known.length - 1))
}
