/** The metrics of detection: two classes, of which class 1 is the positive one. */
import { averagePrecision, rocAuc } from "./auc.ts"
import {
  type CalibrationLine,
  calibrationBins,
  calibrationLine,
  expectedCalibrationError,
  reliability,
} from "./calibration.ts"
import { classMetrics, confusionMatrix, matthews, ratio } from "./confusion.ts"
import { once, ranking } from "./ranking.ts"

/** A metric that is not defined for these images is null, never NaN; `whyUndefined` says why. */
type Defined = number | null

/** What follows from the answers alone. */
export interface DecisionMetrics {
  accuracy: Defined
  /**
   * Mean of sensitivity and specificity: what chance gets right does not depend on how many there
   * are of each class.
   */
  balancedAccuracy: Defined
  /** Part of the positives that are found, TP / (TP + FN). */
  sensitivity: Defined
  /** Part of the negatives that are left alone, TN / (TN + FP). */
  specificity: Defined
  /** Part of the positive answers that are right, TP / (TP + FP); also called precision. */
  ppv: Defined
  /** Part of the negative answers that are right, TN / (TN + FN). */
  npv: Defined
  /** 2 TP / (2 TP + FP + FN). */
  f1: Defined
  /** Matthews' correlation coefficient. */
  mcc: Defined
}

/** What follows from the order of the scores. */
export interface RankingMetrics {
  auc: Defined
  averagePrecision: Defined
}

/** What follows from the probabilities. */
export interface ProbabilityMetrics {
  /** Mean of (probability - label)^2. */
  brier: Defined
  /** Expected calibration error, of the positive class's probability. */
  ece: Defined
  /** See `CalibrationLine`. */
  calibrationSlope: Defined
  calibrationIntercept: Defined
  calibrationInTheLarge: Defined
}

/** Metrics of a sample whose image i counts `weights[i]` times. */
export type Of<Metrics> = (weights: Float64Array) => Metrics

/**
 * @param labels 1 for a positive, 0 for a negative
 * @param answers the same of what was answered
 */
export function decisionMetrics(labels: ArrayLike<number>, answers: ArrayLike<number>): Of<DecisionMetrics> {
  return (weights) => {
    const confusion = confusionMatrix(labels, answers, 2, weights)
    const [[tn, fp], [fn, tp]] = confusion
    const { sensitivity, specificity, precision: ppv, npv, f1 } = classMetrics(confusion, 1)
    const accuracy = ratio(tn + tp, tn + fp + fn + tp)
    const balancedAccuracy =
      sensitivity === null || specificity === null ? (sensitivity ?? specificity) : (sensitivity + specificity) / 2
    return { accuracy, balancedAccuracy, sensitivity, specificity, ppv, npv, f1, mcc: matthews(confusion) }
  }
}

export function rankingMetrics(labels: ArrayLike<number>, scores: ArrayLike<number>): Of<RankingMetrics> {
  const ranks = ranking(scores)
  const are = Float64Array.from(labels)
  return (weights) => ({
    auc: rocAuc(are, scores, weights, ranks),
    averagePrecision: averagePrecision(are, scores, weights, ranks),
  })
}

/**
 * @param probabilities of the positive class
 * @param logits of the same
 */
export function probabilityMetrics(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  logits: ArrayLike<number>,
): Of<ProbabilityMetrics> {
  // Copies of one kind keep the loops below fast.
  const [are, p, x] = [labels, probabilities, logits].map((values) => Float64Array.from(values))
  const bins = calibrationBins(p)
  let whole: CalibrationLine | undefined
  return (weights) => {
    whole ??= calibrationLine(are, x, once(are.length))
    const line = calibrationLine(are, x, weights, whole)
    return {
      brier: brierScore(are, p, weights),
      ece: expectedCalibrationError(reliability(are, p, weights, bins)),
      calibrationSlope: line.slope,
      calibrationIntercept: line.intercept,
      calibrationInTheLarge: line.inTheLarge,
    }
  }
}

/**
 * Mean of (probability - label)^2. As
 * https://scikit-learn.org/stable/modules/generated/sklearn.metrics.brier_score_loss.html
 */
export function brierScore(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  weights: ArrayLike<number>,
): number | null {
  let [n, squares] = [0, 0]
  for (let i = 0; i < labels.length; i++) {
    n += weights[i]
    squares += weights[i] * (probabilities[i] - labels[i]) ** 2
  }
  return ratio(squares, n)
}

/** Why a metric of these labels and answers is not defined. */
export function whyUndefined(key: string, labels: ArrayLike<number>, answers: ArrayLike<number>): string {
  if (labels.length === 0) return "there is no image"
  const has = (values: ArrayLike<number>, value: number) => Array.prototype.includes.call(values, value)
  const only = !has(labels, 1) ? "no image is positive" : !has(labels, 0) ? "no image is negative" : undefined
  if (key === "ppv" || key === "precision") return "no image was predicted positive"
  if (key === "npv") return "no image was predicted negative"
  if (key === "f1") return "no image is positive or predicted positive"
  if (key === "mcc" && only === undefined)
    return `all images were predicted ${has(answers, 1) ? "positive" : "negative"}`
  if (only !== undefined) return only
  if (key.startsWith("calibration"))
    return "a threshold on the logit separates the classes, or all logits are equal: no line fits best"
  return "it is not defined for these images"
}
