/** A run's headline metrics with their intervals, for its page. */
import { existsSync } from "node:fs"
import path from "node:path"
import type { Metric } from "../eval/evaluation.ts"
import { metricNames, metricText } from "../report/metric_text.ts"
import { readRunFiles } from "../report/run_files.ts"
import type { RunMessage } from "./run_message.ts"

/**
 * Metrics of all test predictions together, at the chosen threshold; none for a weights file.
 *
 * @param folder a run folder; undefined for a weights file
 */
export function runNumbers(folder: string | undefined): RunMessage["numbers"] {
  if (folder === undefined || !existsSync(path.join(folder, "metrics.json"))) return []
  const { pooled } = readRunFiles(folder).evaluation
  const metrics: Record<string, Metric> =
    "atChosen" in pooled
      ? {
          auc: pooled.ranking.auc,
          sensitivity: pooled.atChosen.sensitivity,
          specificity: pooled.atChosen.specificity,
          balancedAccuracy: pooled.atChosen.balancedAccuracy,
        }
      : { auc: pooled.figures.auc, balancedAccuracy: pooled.figures.balancedAccuracy, macroF1: pooled.figures.macroF1 }
  const rows = Object.entries(metrics).map(([key, metric]) => ({
    name: metricNames[key],
    text: metricText(key, metric),
  }))
  return [{ name: "Test predictions", text: `${pooled.n}` }, ...rows]
}
