/** The cells that every table of predictions has. */
import { type Prediction, shownClass } from "../run/mean_prediction.ts"

/**
 * Names an image and its prediction; with more than two classes also the probability of each.
 */
export const answerColumns = (classes: readonly string[]): string[] => [
  ...["file", "probability", "calibrated", "label"],
  ...(classes.length > 2 ? classes.map((name) => `probability_${name}`) : []),
]

/** The cells under `answerColumns`; empty without a prediction. */
export function answerCells(classes: readonly string[], file: string, prediction?: Prediction): (string | number)[] {
  if (!prediction) return [file, ...new Array(answerColumns(classes).length - 1).fill("")]
  const { label, probabilities, calibrated } = prediction
  const shown = shownClass(classes, classes.indexOf(label))
  return [file, probabilities[shown], calibrated[shown], label, ...(classes.length > 2 ? probabilities : [])]
}
