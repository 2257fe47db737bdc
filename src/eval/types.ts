/** The metrics of types: more than two classes, each also against the rest. */
import { averagePrecision, rocAuc } from "./auc.ts"
import { calibrationBins, expectedCalibrationError, reliability } from "./calibration.ts"
import { type ClassMetrics, classMetrics, confusionMatrix, matthews, ratio, sum } from "./confusion.ts"
import { brierScore, type Of } from "./detection.ts"
import { mean } from "./mean.ts"
import { ranking } from "./ranking.ts"

type Defined = number | null

/** Of all classes together. */
export interface OverallMetrics {
  accuracy: Defined
  /** Mean sensitivity over the classes that occur. */
  balancedAccuracy: Defined
  macroSensitivity: Defined
  macroPrecision: Defined
  macroF1: Defined
  mcc: Defined
  /** Mean over each class against the rest. */
  auc: Defined
  averagePrecision: Defined
  /** Mean of sum_c (probability_c - [c is the label])^2: from 0 to 2. */
  brier: Defined
  /** Expected calibration error of the answered class's probability. */
  ece: Defined
}

/** Of one class against the rest. */
export type OneClassMetrics = ClassMetrics & { mcc: Defined; auc: Defined; averagePrecision: Defined; brier: Defined }

export interface MulticlassMetrics {
  all: OverallMetrics
  perClass: OneClassMetrics[]
}

/**
 * Macro averages are over the classes that occur; a class that is never answered has precision 0 in
 * them.
 *
 * @param probabilities an array an image, one a class
 * @param answers the class that is answered of each image
 */
export function multiclassMetrics(
  labels: ArrayLike<number>,
  probabilities: readonly (readonly number[])[],
  answers: ArrayLike<number>,
  classes: number,
): Of<MulticlassMetrics> {
  const each = Array.from({ length: classes }, (_, index) => {
    const own = Float64Array.from(probabilities, (row) => row[index])
    return { is: Uint8Array.from(labels, (label) => (label === index ? 1 : 0)), own, ranks: ranking(own) }
  })
  const right = Uint8Array.from(labels, (label, i) => (answers[i] === label ? 1 : 0))
  const sureness = Float64Array.from(probabilities, (row, i) => row[answers[i]])
  const bins = calibrationBins(sureness)
  return (weights) => {
    const confusion = confusionMatrix(labels, answers, classes, weights)
    const perClass = each.map(({ is, own, ranks }, index) => ({
      ...classMetrics(confusion, index),
      mcc: matthews(against(confusion, index)),
      auc: rocAuc(is, own, weights, ranks),
      averagePrecision: averagePrecision(is, own, weights, ranks),
      brier: brierScore(is, own, weights),
    }))
    const occurring = perClass.filter(({ n }) => n > 0)
    const ofAll = (key: "auc" | "averagePrecision" | "brier") => {
      const values = perClass.map((metrics) => metrics[key])
      return values.includes(null) ? null : mean(values)
    }
    const brier = ofAll("brier")
    return {
      all: {
        accuracy: ratio(sum(confusion.map((row, index) => row[index])), sum(confusion.flat())),
        balancedAccuracy: mean(perClass.map(({ sensitivity }) => sensitivity)),
        macroSensitivity: mean(occurring.map(({ sensitivity }) => sensitivity)),
        macroPrecision: mean(occurring.map(({ precision }) => precision ?? 0)),
        macroF1: mean(occurring.map(({ f1 }) => f1)),
        mcc: matthews(confusion),
        auc: ofAll("auc"),
        averagePrecision: ofAll("averagePrecision"),
        brier: brier === null ? null : brier * classes,
        ece: expectedCalibrationError(reliability(right, sureness, weights, bins)),
      },
      perClass,
    }
  }
}

/** Two by two: this class, and all others together. */
function against(confusion: number[][], index: number): number[][] {
  const hits = confusion[index][index]
  const is = sum(confusion[index])
  const answered = sum(confusion.map((row) => row[index]))
  const all = sum(confusion.flat())
  return [
    [all - is - answered + hits, answered - hits],
    [is - hits, hits],
  ]
}

/** Why a metric of more than two classes is not defined. */
export function whyTypeUndefined(key: string, n: number): string {
  if (n === 0) return "there is no image"
  if (key === "auc" || key === "averagePrecision") return "a class has no image, or all of them"
  if (key === "mcc") return "one class only occurs, or one only is answered"
  return "the class has no image, or was never answered"
}
