/** Predictions for people, programs and spreadsheets. */

import { table } from "../report/text.ts"
import { csv } from "../train/csv.ts"

interface PredictionRow {
  file: string
  /** One a class. */
  probabilities: number[]
  label: string
}

type Failed = { file: string; reason: string }[]

/** With two classes the probability of the second, the positive one; with more that of the label. */
function shown(classes: string[], { probabilities, label }: PredictionRow): number {
  return probabilities[classes.length === 2 ? 1 : classes.indexOf(label)]
}

export function predictionTable(classes: string[], rows: PredictionRow[]): string {
  if (rows.length === 0) return ""
  const title = classes.length === 2 ? `probability of ${classes[1]}` : "probability"
  const lines = rows.map((row) => [row.file, shown(classes, row).toFixed(4), row.label])
  return `${table([["file", title, "label"], ...lines]).join("\n")}\n`
}

/** One document: what was predicted, and what could not be. */
export function predictionJson(classes: string[], rows: PredictionRow[], failed: Failed): string {
  const predictions = rows.map((row) => ({
    file: row.file,
    probability: shown(classes, row),
    label: row.label,
    probabilities: Object.fromEntries(classes.map((name, i) => [name, row.probabilities[i]])),
  }))
  return `${JSON.stringify({ classes, predictions, failed }, null, 2)}\n`
}

export function predictionCsv(classes: string[], rows: PredictionRow[]): string {
  const more = classes.length > 2
  const columns = ["file", "probability", "label", ...(more ? classes.map((name) => `probability_${name}`) : [])]
  return csv(
    columns,
    rows.map((row) => [row.file, shown(classes, row), row.label, ...(more ? row.probabilities : [])]),
  )
}
