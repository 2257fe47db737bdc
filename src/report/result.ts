/**
 * What a run came to, for people: a row a fold, all test images pooled, and what the metrics are
 * worth.
 */
import { isolationText } from "../data/isolation.ts"
import type { DetectionEvaluation, Metric, TypesEvaluation } from "../eval/evaluation.ts"
import type { FixedRate, FurtherMetrics, PatientMetrics } from "../eval/further_metrics.ts"
import type { BinaryMetrics, TypeMetrics } from "../eval/metrics.ts"
import type { RunMetrics } from "../run/metrics_file.ts"
import type { Averages, FoldMetrics, Summary } from "../run/summary.ts"
import { plural } from "../text/plural.ts"
import { fixed, percent, table, whole } from "../text/table.ts"
import { foldTitle } from "../train/fold_name.ts"
import { testedText, thresholdsText, unchosenText } from "./design_text.ts"
import { subgroupText } from "./subgroup_text.ts"

/**
 * The end of a run: its metrics, where it keeps them, how images were grouped, whether it was
 * stopped before its end.
 */
export interface RunResult {
  summary: Summary
  /** null before the first fold. */
  evaluation: RunMetrics | null
  folder: string
  grouping: string
  patientsUnknown?: boolean
  /** What the metrics are worth less for, see alerts.ts. */
  problems: string[]
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

export function resultText(result: RunResult): string[] {
  const { summary, evaluation, folder, grouping, problems, interrupted } = result
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
    ...(evaluation ? [...intervalText(evaluation), ...furtherText(evaluation, thresholdsText(evaluation.folds))] : []),
    `Groups: ${grouping} ${isolationText(result)}`,
    ...problems.map((text) => `Problem: ${text}`),
    `Everything is in ${folder}: report.html, summary.json, metrics.json, predictions.csv, history.csv, config.json and the folds' weights.`,
  ]
}

function foldTable({ folds, mean, sd, split }: Summary, pooled: FoldMetrics): string[] {
  const columns = "perClass" in pooled ? typeColumns : binaryColumns
  const cells = (row: object) => columns.map(([, key, show]) => show((row as Averages)[key]))
  const [header, seconds] = [["", "n", ...columns.map(([title]) => title), "s"], folds[0].seconds.toFixed(1)]
  if (split === "given") return table([header, ["test", whole(pooled.n), ...cells(pooled), seconds]])
  return table([
    header,
    ...folds.map((row) => [foldTitle(row), whole(row.n), ...cells(row), row.seconds.toFixed(1)]),
    ["mean", "", ...cells(mean), ""],
    ["sd", "", ...cells(sd), ""],
    ["pooled", whole(pooled.n), ...cells(pooled), ""],
  ])
}

/** Metrics of all folds together, each with its 95 % interval. */
function intervalText({ pooled, repeats, thresholdRule, folds }: RunMetrics): string[] {
  if (!("atHalf" in pooled))
    return [
      `With 95 % intervals: ${list(pooled.figures, ["accuracy", "balancedAccuracy", "mcc", "auc"])}.`,
      ...spreadText(
        repeats?.map(({ repeat, ...evaluation }) => (evaluation as TypesEvaluation).figures.accuracy.value),
      ),
    ]
  const { atHalf, atChosen, ranking, probabilities, calibrated } = pooled
  const thresholds = folds.map(({ threshold }) => threshold!.probability)
  const [least, most] = [Math.min(...thresholds), Math.max(...thresholds)].map((value) => fixed(value, 2))
  return [
    `With 95 % intervals: ${list(atHalf, ["accuracy", "balancedAccuracy"])}, ${list(ranking, ["auc"])};`,
    `at the threshold 0.5 ${list(atHalf, ["sensitivity", "specificity"])};`,
    ...[
      unchosenText(folds) ??
        `at thresholds from validation images (${thresholdRule}, ${least === most ? least : `${least} to ${most}`}) ` +
          `${list(atChosen, ["sensitivity", "specificity"])}.`,
    ],
    // Without validation images there is no temperature, and both are the same.
    `Calibration error ${percent(probabilities.ece.value)}${unchosenText(folds) ? "" : `, ${percent(calibrated.ece.value)} after temperature scaling`}.`,
    ...spreadText(repeats?.map((evaluation) => (evaluation as DetectionEvaluation).atHalf.accuracy.value)),
  ]
}

/**
 * Fixed rates, patients and subgroups; the decision curve is for the page alone.
 *
 * @param at where sensitivity and specificity are taken
 */
export function furtherText(
  { patients, subgroups, fixedRates }: Partial<FurtherMetrics>,
  at = "at the chosen thresholds",
): string[] {
  return [
    ...(fixedRates ? [`${fixedRates.filter(({ least }) => least === SHOWN_RATE).map(rateText).join(", ")}.`] : []), // biome-ignore format: short
    ...(patients ? [patientText(patients, at)] : []),
    ...(subgroups ? ["", ...subgroupText(subgroups, at), ""] : []),
  ]
}

/** Of the fixed rates, the one that the terminal shows. */
const SHOWN_RATE = 0.95

function rateText({ fixed: key, least, ...rate }: FixedRate, k: number): string {
  const text = list({ [free(key)]: rate }, [free(key)])
  return `${k === 0 ? "At" : "at"} a ${key} of ${fixed(least, 2)} ${text}`
}

const free = (key: FixedRate["fixed"]) => (key === "specificity" ? "sensitivity" : "specificity")

/** One line; a patient is positive if any image is. */
function patientText({ evaluation, mixed }: PatientMetrics, at: string): string {
  const left = mixed > 0 ? ` ${plural(mixed, "patient")} with images of several classes left out.` : ""
  const count = `Per patient (${whole(evaluation.groups)}`
  if (!("atHalf" in evaluation))
    return `${count}): ${list(evaluation.figures, ["accuracy", "balancedAccuracy", "auc"])}.${left}`
  const { ranking, atChosen } = evaluation
  return `${count}; positive if any image is): ${list(ranking, ["auc"])}, ${at} ${list(atChosen, ["sensitivity", "specificity"])}.`
}

const names: Record<string, string> = { balancedAccuracy: "balanced", auc: "AUC", mcc: "MCC" }

/** "sensitivity 95.0 % (91.5 to 97.1), AUC 0.998 (0.995 to 0.999)" */
const list = (metrics: Record<string, Pick<Metric, "value" | "interval">>, keys: readonly string[]): string =>
  keys
    .map((key) => {
      const { value, interval } = metrics[key]
      const part = key !== "auc" && key !== "mcc"
      const end = (bound: number) => (part ? (bound * 100).toFixed(1) : fixed(bound))
      const range = interval ? ` (${end(interval[0])} to ${end(interval[1])})` : ""
      return `${names[key] ?? key} ${part ? percent(value) : fixed(value)}${range}`
    })
    .join(", ")

function spreadText(accuracies: (number | null)[] | undefined): string[] {
  if (!accuracies) return []
  return [`Accuracy of each of the ${accuracies.length} repeats: ${accuracies.map(percent).join(", ")}.`]
}

function typeText(classes: string[], { perClass, confusion }: TypeMetrics): string[] {
  const rows = perClass.map(({ n, sensitivity, precision, f1, auc }, i) => {
    return [classes[i], whole(n), percent(sensitivity), percent(precision), fixed(f1), fixed(auc)]
  })
  return [
    ...table([["class, pooled", "n", "sensitivity", "precision", "F1", "AUC"], ...rows]),
    "",
    ...table([["true \\ answered", ...classes], ...confusion.map((row, i) => [classes[i], ...row.map(whole)])]),
  ]
}

function verdict({ classes, complete, ...design }: Summary, pooled: BinaryMetrics | TypeMetrics): string[] {
  const { n, accuracy, majorityAccuracy, confusion } = pooled
  const counts = confusion.map((row) => row.reduce((a, b) => a + b))
  const frequent = classes[counts.indexOf(Math.max(...counts))]
  return [
    `${testedText(design)}, ${percent(accuracy)} of ${whole(n)} images are right${complete ? "" : " (finished folds only)"}. ` +
      `Always answering "${frequent}" is right for ${percent(majorityAccuracy)}.`,
  ]
}
