/** Predictions for people, programs and spreadsheets. */

import { csv } from "../files/csv.ts"
import { answerCells, answerColumns } from "../predict/answer_cells.ts"
import { shownClass } from "../run/mean_prediction.ts"
import type { Prediction, Predictor } from "../run/predictor.ts"
import { table } from "../text/table.ts"
import { visible } from "../text/visible.ts"

type PredictionRow = Prediction & { file: string; warning?: string }

type Answers = Pick<Predictor, "classes" | "threshold">

type Failed = { file: string; reason: string }[]

const shown = (classes: string[], row: PredictionRow, key: "probabilities" | "calibrated"): number =>
  row[key][shownClass(classes, classes.indexOf(row.label))]

export function predictionTable({ classes, threshold }: Answers, rows: PredictionRow[]): string {
  if (rows.length === 0) return ""
  const binary = classes.length === 2
  const title = binary ? `probability of ${classes[1]}` : "probability"
  const label = binary ? `label, above ${threshold.toFixed(4)} ${classes[1]}` : "label"
  const digits = (row: PredictionRow) =>
    (["probabilities", "calibrated"] as const).map((key) => shown(classes, row, key).toFixed(4))
  const lines = rows.map((row) => [visible(row.file), ...digits(row), row.label])
  return `${table([["file", title, "calibrated", label], ...lines]).join("\n")}\n`
}

/** Of an image that was predicted all the same. */
export const warningText = (file: string, warning: string): string =>
  `warning: ${visible(file)}: ${visible(warning)}; its prediction means nothing`

/** One document: what was predicted, and what could not be. */
export function predictionJson({ classes, threshold }: Answers, rows: PredictionRow[], failed: Failed): string {
  const predictions = rows.map((row) => ({
    file: row.file,
    probability: shown(classes, row, "probabilities"),
    calibrated: shown(classes, row, "calibrated"),
    label: row.label,
    probabilities: Object.fromEntries(classes.map((name, i) => [name, row.probabilities[i]])),
    ...(row.warning !== undefined && { warning: row.warning }),
  }))
  return `${JSON.stringify({ classes, ...(classes.length === 2 ? { threshold } : {}), predictions, failed }, null, 2)}\n`
}

export function predictionCsv({ classes }: Answers, rows: PredictionRow[]): string {
  return csv(
    [...answerColumns(classes), "warning"],
    rows.map(({ file, warning = "", ...prediction }) => [...answerCells(classes, file, prediction), warning]),
  )
}
