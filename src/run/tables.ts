/** The tables of a run folder. */
import type { Dataset } from "../data/dataset.ts"
import { csv } from "../files/csv.ts"
import type { EpochRow } from "../train/events.ts"
import type { Prediction } from "../train/fold.ts"

/** history.csv: one line an epoch. */
export function historyCsv(history: readonly EpochRow[]): string {
  const columns = [
    ...["fold", "epoch", "loss", "accuracy", "validation_loss", "validation_accuracy"],
    ...["learning_rate", "images_per_second", "best", "repeat"],
  ]
  const rows = history.map((row) => [
    ...[row.fold, row.epoch, row.loss, row.accuracy, row.validationLoss ?? "", row.validationAccuracy ?? ""],
    ...[row.lr, Number(row.imagesPerSecond.toFixed(1)), row.best ? 1 : 0, row.repeat],
  ])
  return csv(columns, rows)
}

/**
 * predictions.csv: one row per image and repeat, in the order of the files. With two classes logit,
 * probability and calibrated (the probability after temperature scaling) are those of the second;
 * with more there is a column a class. `answer` is the class at the threshold of the image's fold.
 * The further columns of a labels table come last.
 */
export function predictionsCsv(data: Dataset, predictions: readonly Prediction[]): string {
  const { classes, files, groups, labels, columns: own = {} } = data
  const binary = classes.length === 2
  const each = (name: string) => (binary ? [name] : classes.map((label) => `${name}_${label}`))
  const columns = ["file", "group", "label", "fold", ...each("logit"), ...each("probability")]
  const further = [...each("calibrated"), "answer", "repeat"]
  const names = ownColumns(Object.keys(own), [...columns, ...further])
  const one = (probabilities: number[]) => (binary ? [probabilities[1]] : probabilities)
  const rows = [...predictions]
    .sort((a, b) => a.repeat - b.repeat || a.index - b.index)
    .map(({ index, fold, logits, probabilities, calibrated, answer, repeat }) => [
      ...[files[index], groups[index], classes[labels[index]], fold],
      ...[...logits, ...one(probabilities), ...one(calibrated), classes[answer], repeat],
      ...Object.values(own).map((cells) => cells[index]),
    ])
  return csv([...columns, ...further, ...names], rows)
}

/** Names of a table's columns beside those of predictions.csv: "group" becomes "table_group". */
export function ownColumns(names: readonly string[], taken: readonly string[]): string[] {
  const all = new Set([...taken, ...names])
  return names.map((name) => {
    let free = name
    while (taken.includes(free) || (free !== name && all.has(free))) free = `table_${free}`
    return free
  })
}

/** files.csv: the SHA-256 of every image file, to tell later whether they are still the same. */
export const filesCsv = (files: readonly string[], hashes: readonly string[]): string =>
  csv(
    ["file", "sha256"],
    files.map((file, i) => [file, hashes[i]]),
  )
