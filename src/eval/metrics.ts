/** How good answers are. A figure that is not defined for these images (no positive among them) is null, never NaN. */
import { type Confusion, confusionMatrix, ratio, sum } from "./confusion.ts"
import {
  type DecisionFigures,
  decisionFigures,
  type ProbabilityFigures,
  probabilityFigures,
  type RankingFigures,
  rankingFigures,
} from "./detection.ts"
import { once } from "./ranking.ts"
import { type OneClassFigures, type TypeFigures, typeFigures } from "./types.ts"

/** What every task has. */
interface Metrics {
  n: number
  /** Accuracy of always answering the most frequent class of these images: what is had without looking at one. */
  majorityAccuracy: number | null
  /** `confusion[label][answer]`, in the order of the classes. */
  confusion: Confusion
}

/** Detection: class 1 is the positive one, and is answered where its probability is over 0.5. */
export interface BinaryMetrics extends Metrics, DecisionFigures, RankingFigures, ProbabilityFigures {
  /** The same as `ppv`. */
  precision: number | null
}

/** Types: more than two classes. */
export interface TypeMetrics extends Metrics, TypeFigures {
  perClass: OneClassFigures[]
}

/** What was predicted of some images. */
export interface Answers {
  labels: ArrayLike<number>
  /** An array an image, one probability a class. */
  probabilities: readonly (readonly number[])[]
  /** Logits of the positive class, which keep apart what rounds to probability 1; where left out, those of `probabilities`. */
  scores?: readonly number[]
}

/** The class that is answered: the most probable; the first of equals. */
export const answerOf = (probabilities: readonly number[]): number => probabilities.indexOf(Math.max(...probabilities))

/** @see https://scikit-learn.org/stable/modules/model_evaluation.html#classification-metrics */
export function binaryMetrics({ labels, probabilities, scores }: Answers): BinaryMetrics {
  const answers = probabilities.map(answerOf)
  const positive = probabilities.map(([, p]) => p)
  const logits = scores ?? probabilities.map(([q, p]) => Math.log(p) - Math.log(q))
  const confusion = confusionMatrix(labels, answers, 2)
  const weights = once(labels.length)
  const decisions = decisionFigures(labels, answers)(weights)
  return {
    ...common(confusion),
    ...decisions,
    precision: decisions.ppv,
    ...rankingFigures(labels, scores ?? positive)(weights),
    ...probabilityFigures(labels, positive, logits)(weights),
    confusion,
  }
}

export function typeMetrics({ labels, probabilities }: Answers, classCount: number): TypeMetrics {
  const answers = probabilities.map(answerOf)
  const confusion = confusionMatrix(labels, answers, classCount)
  const { all, perClass } = typeFigures(labels, probabilities, answers, classCount)(once(labels.length))
  return { ...common(confusion), ...all, perClass, confusion }
}

function common(confusion: Confusion) {
  const counts = confusion.map(sum)
  const n = sum(counts)
  return { n, majorityAccuracy: ratio(Math.max(...counts), n) }
}
