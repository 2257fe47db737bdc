/**
 * Labels that may be wrong: those that networks contradict which have not been trained on the
 * image.
 */
import { mean } from "../eval/mean.ts"
import { answerOf } from "../eval/metrics.ts"

/** An out-of-fold prediction, as in predictions.csv; of an image there may be several (repeats). */
export interface Predicted {
  file: string
  /** Index into the classes. */
  label: number
  /** One per class. */
  probabilities: readonly number[]
}

export interface Doubt {
  file: string
  label: number
  /** The class that is more probable than the label's. */
  answer: number
  /** Mean probability of the label's class: the lower, the more doubtful the label. */
  probability: number
  /** Mean probability of the answer. */
  confidence: number
}

/**
 * The images whose label is not the most probable class, the most confidently contradicted first:
 * by the probability of their own label. Northcutt et al., "Confident Learning", JAIR 70 (2021).
 */
export function doubtful(predictions: readonly Predicted[]): Doubt[] {
  const byFile = new Map<string, Predicted[]>()
  for (const one of predictions) byFile.set(one.file, [...(byFile.get(one.file) ?? []), one])
  return [...byFile]
    .map(([file, all]) => {
      const [{ label }] = all
      const probabilities = all[0].probabilities.map((_, k) => mean(all.map((one) => one.probabilities[k]))!)
      const answer = answerOf(probabilities)
      return { file, label, answer, probability: probabilities[label], confidence: probabilities[answer] }
    })
    .filter(({ probability, confidence }) => confidence > probability)
    .sort((a, b) => a.probability - b.probability)
}
