/** What a run came to, for people: a row a fold, all test images pooled, and what the figures are worth. */
import type { BinaryMetrics, TypeMetrics } from "../eval/metrics.ts"
import type { Averages, FoldMetrics, Summary } from "../train/summary.ts"
import { fixed, percent, table, whole } from "./text.ts"

/** The end of a run: its figures, where it keeps them, how images were grouped, whether it was stopped before its end. */
export interface RunResult {
  summary: Summary
  folder: string
  grouping: string
  interrupted: boolean
}

/** Title, key, how to show it. */
type Column = [string, string, (value: number | null | undefined) => string]

const binaryColumns: Column[] = [
  ["accuracy", "accuracy", percent],
  ["majority", "majorityAccuracy", percent],
  ["balanced", "balancedAccuracy", percent],
  ["sensitivity", "sensitivity", percent],
  ["specificity", "specificity", percent],
  ["AUC", "auc", fixed],
]

const typeColumns: Column[] = [
  ["accuracy", "accuracy", percent],
  ["majority", "majorityAccuracy", percent],
  ["balanced", "balancedAccuracy", percent],
  ["macro F1", "macroF1", fixed],
  ["macro AUC", "auc", fixed],
]

export function resultText({ summary, folder, grouping, interrupted }: RunResult): string[] {
  const { pooled, folds, foldCount } = summary
  const stopped = interrupted ? [`Stopped after ${folds.length} of ${foldCount} folds.`] : []
  if (!pooled)
    return [...stopped, `No fold is finished. ${folder} holds the settings and the epochs: config.json, history.csv.`]
  return [
    ...stopped,
    "",
    ...foldTable(summary, pooled),
    "",
    ...("perClass" in pooled ? [...typeText(summary.classes, pooled), ""] : []),
    ...verdict(summary, pooled),
    `Groups: ${grouping} No group was both trained on and tested.`,
    `Everything is in ${folder}: summary.json, predictions.csv, history.csv, config.json and the folds' weights.`,
  ]
}

function foldTable({ folds, mean, sd }: Summary, pooled: FoldMetrics): string[] {
  const columns = "perClass" in pooled ? typeColumns : binaryColumns
  const cells = (row: object) => columns.map(([, key, show]) => show((row as Averages)[key]))
  return table([
    ["", "n", ...columns.map(([title]) => title), "s"],
    ...folds.map((row) => [`fold-${row.fold}`, whole(row.n), ...cells(row), row.seconds.toFixed(1)]),
    ["mean", "", ...cells(mean), ""],
    ["sd", "", ...cells(sd), ""],
    ["pooled", whole(pooled.n), ...cells(pooled), ""],
  ])
}

function typeText(names: string[], { perClass, confusion }: TypeMetrics): string[] {
  const figures = perClass.map(({ n, sensitivity, precision, f1, auc }, i) => {
    return [names[i], whole(n), percent(sensitivity), percent(precision), fixed(f1), fixed(auc)]
  })
  return [
    ...table([["class, pooled", "n", "sensitivity", "precision", "F1", "AUC"], ...figures]),
    "",
    ...table([["true \\ answered", ...names], ...confusion.map((row, i) => [names[i], ...row.map(whole)])]),
  ]
}

function verdict({ classes, complete }: Summary, pooled: BinaryMetrics | TypeMetrics): string[] {
  const { n, accuracy, majorityAccuracy, confusion } = pooled
  const counts = confusion.map((row) => row.reduce((a, b) => a + b))
  const frequent = classes[counts.indexOf(Math.max(...counts))]
  const lines = [
    `Out of fold, ${percent(accuracy)} of ${whole(n)} images are right${complete ? "" : " (finished folds only)"}. ` +
      `Always answering "${frequent}" is right for ${percent(majorityAccuracy)}.`,
  ]
  if (accuracy! <= majorityAccuracy!) lines.push("The networks do no better than that.")
  return lines
}
