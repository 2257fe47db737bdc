/**
 * How good answers are. A metric that is not defined for these images (no positive among them) is
 * null, never NaN.
 */
import { type Confusion, confusionMatrix, ratio, sum } from "./confusion.ts"
import {
  type DecisionMetrics,
  decisionMetrics,
  type ProbabilityMetrics,
  probabilityMetrics,
  type RankingMetrics,
  rankingMetrics,
} from "./detection.ts"
import { once } from "./ranking.ts"
import { answerAt, HALF } from "./threshold.ts"
import { multiclassMetrics, type OneClassMetrics, type OverallMetrics } from "./types.ts"

/** What every task has. */
interface CommonMetrics {
  n: number
  /**
   * Accuracy of always answering the most frequent class of these images: what is had without
   * looking at one.
   */
  majorityAccuracy: number | null
  /** `confusion[label][answer]`, in the order of the classes. */
  confusion: Confusion
}

/** Detection: class 1 is the positive one, and is answered where its probability is over 0.5. */
export interface BinaryMetrics extends CommonMetrics, DecisionMetrics, RankingMetrics, ProbabilityMetrics {
  /** The same as `ppv`. */
  precision: number | null
}

/** Types: more than two classes. */
export interface TypeMetrics extends CommonMetrics, OverallMetrics {
  perClass: OneClassMetrics[]
}

/** What was predicted of some images. */
export interface Answers {
  labels: ArrayLike<number>
  /** An array an image, one probability a class. */
  probabilities: readonly (readonly number[])[]
  /**
   * Logits of the positive class, which keep apart what rounds to probability 1; where left out,
   * those of `probabilities`.
   */
  scores?: readonly number[]
}

/** The class that is answered: the most probable; the first of equals. */
export const answerOf = (probabilities: readonly number[]): number => probabilities.indexOf(Math.max(...probabilities))

/**
 * What is computed of two classes, wherever it is shown: summary.json has its values, metrics.json
 * their intervals too.
 *
 * @returns the answers at probability 0.5, and the metrics of samples of the images
 */
export function detectionMetrics({ labels, probabilities, scores }: Answers) {
  const positive = probabilities.map(([, p]) => p)
  const logits = scores ?? probabilities.map(([q, p]) => Math.log(p) - Math.log(q))
  const answers = logits.map((logit) => answerAt(logit, HALF))
  return {
    answers,
    atHalf: decisionMetrics(labels, answers),
    ranking: rankingMetrics(labels, scores ?? positive),
    probabilities: probabilityMetrics(labels, positive, logits),
  }
}

/**
 * Metrics of two classes, without intervals: those of `evaluate`, at probability 0.5.
 *
 * @see https://scikit-learn.org/stable/modules/model_evaluation.html#classification-metrics
 */
export function binaryMetrics(set: Answers): BinaryMetrics {
  const { answers, atHalf, ranking, probabilities } = detectionMetrics(set)
  const confusion = confusionMatrix(set.labels, answers, 2)
  const weights = once(set.labels.length)
  const decisions = atHalf(weights)
  return {
    ...common(confusion),
    ...decisions,
    precision: decisions.ppv,
    ...ranking(weights),
    ...probabilities(weights),
    confusion,
  }
}

/** Metrics of more than two classes, without intervals, also of each class against the rest. */
export function typeMetrics({ labels, probabilities }: Answers, classCount: number): TypeMetrics {
  const answers = probabilities.map(answerOf)
  const confusion = confusionMatrix(labels, answers, classCount)
  const { all, perClass } = multiclassMetrics(labels, probabilities, answers, classCount)(once(labels.length))
  return { ...common(confusion), ...all, perClass, confusion }
}

function common(confusion: Confusion) {
  const counts = confusion.map(sum)
  const n = sum(counts)
  return { n, majorityAccuracy: ratio(Math.max(...counts), n) }
}
