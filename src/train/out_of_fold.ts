import type { Dataset } from "../data/dataset.ts"
import type { Answered } from "../eval/evaluation.ts"
import { HALF } from "../eval/threshold.ts"
import type { FinishedFold } from "./fold.ts"

/**
 * What finished folds predicted for their test images, each by a network that saw no image of the
 * same group: for `evaluate`, and for `patients`, which makes one prediction per group of them.
 *
 * @param data the images that were cross-validated
 * @param results as `crossValidate` returns them
 * @returns one entry per image and repeat, fold by fold
 */
export const outOfFold = (
  { groups, labels }: Pick<Dataset, "groups" | "labels">,
  results: readonly FinishedFold[],
): Answered[] =>
  results.flatMap(({ predictions, threshold, temperature }) =>
    predictions.map(({ index, logits, probabilities, calibrated }) => ({
      group: groups[index],
      label: labels[index],
      logits,
      probabilities,
      calibrated,
      temperature: temperature.value,
      threshold: threshold ?? HALF,
    })),
  )
