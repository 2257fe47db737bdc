/** Metrics with their intervals, for people. */
import type { Metric } from "../eval/evaluation.ts"
import { fixed, percent } from "../text/table.ts"

/** Of these keys a metric is no proportion. */
const PLAIN = /^(auc|averagePrecision|mcc|f1|macroF1|brier|calibration\w+)$/

export const isShare = (key: string): boolean => !PLAIN.test(key)

export const shareText = ({ value }: Pick<Metric, "value">): string => percent(value)

/** "(93.1 to 97.0)", nothing where there is no interval. */
export function rangeText({ interval }: Pick<Metric, "interval">, share = true): string {
  if (!interval) return ""
  const end = (bound: number) => (share ? (bound * 100).toFixed(1) : fixed(bound))
  return `(${end(interval[0])} to ${end(interval[1])})`
}

/** "95.0 % (93.1 to 97.0)" or "0.950 (0.931 to 0.970)", by the metric's key. */
export function metricText(key: string, metric: Pick<Metric, "value" | "interval">): string {
  const share = isShare(key)
  return `${share ? percent(metric.value) : fixed(metric.value)} ${rangeText(metric, share)}`.trim()
}

export const metricNames: Record<string, string> = {
  accuracy: "Accuracy",
  balancedAccuracy: "Balanced accuracy",
  sensitivity: "Sensitivity",
  specificity: "Specificity",
  ppv: "Positive predictive value",
  npv: "Negative predictive value",
  f1: "F1",
  mcc: "Matthews’ correlation",
  auc: "AUC",
  averagePrecision: "Average precision",
  brier: "Brier score",
  ece: "Calibration error (ECE)",
  calibrationSlope: "Calibration slope",
  calibrationIntercept: "Calibration intercept",
  calibrationInTheLarge: "Calibration in the large",
  macroSensitivity: "Macro sensitivity",
  macroPrecision: "Macro precision",
  macroF1: "Macro F1",
  precision: "Precision",
}
