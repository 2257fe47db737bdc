/** The tables of a run folder. */
import type { Dataset } from "../data/dataset.ts"
import { csv } from "./csv.ts"
import type { EpochRow } from "./events.ts"
import type { Prediction } from "./fold.ts"

/** history.csv: one line an epoch. */
export function historyCsv(history: readonly EpochRow[]): string {
  const columns = [
    ...["fold", "epoch", "loss", "accuracy", "validation_loss", "validation_accuracy"],
    ...["learning_rate", "images_per_second", "best"],
  ]
  const rows = history.map((row) => [
    ...[row.fold, row.epoch, row.loss, row.accuracy, row.validationLoss, row.validationAccuracy],
    ...[row.lr, Number(row.imagesPerSecond.toFixed(1)), row.best ? 1 : 0],
  ])
  return csv(columns, rows)
}

/**
 * predictions.csv: one line an image, in the order of the files. With two classes logit and probability are those of
 * the second; with more there is a column a class.
 */
export function predictionsCsv(data: Dataset, predictions: readonly Prediction[]): string {
  const { classes, files, groups, labels } = data
  const binary = classes.length === 2
  const each = (name: string) => (binary ? [name] : classes.map((label) => `${name}_${label}`))
  const columns = ["file", "group", "label", "fold", ...each("logit"), ...each("probability")]
  const rows = [...predictions]
    .sort((a, b) => a.index - b.index)
    .map(({ index, fold, logits, probabilities }) => [
      ...[files[index], groups[index], classes[labels[index]], fold],
      ...[...logits, ...(binary ? [probabilities[1]] : probabilities)],
    ])
  return csv(columns, rows)
}
