/** What an evaluation came to, for people. */
import type { Estimate } from "../eval/estimates.ts"
import type { DetectionEvaluation, Evaluation, Metric, TypesEvaluation } from "../eval/evaluation.ts"
import type { PairedModels } from "../eval/paired_models.ts"
import { isShare, metricText, rangeText } from "../report/metric_text.ts"
import { furtherText } from "../report/result.ts"
import { plural } from "../text/plural.ts"
import { fixed, percent, table, whole } from "../text/table.ts"
import { keysFor } from "./drop.ts"
import type { EvaluatedRun, ExternalEvaluation } from "./evaluate_runs.ts"

/** At most so many images are named. */
const NAMED = 10

export const keyNames: Record<string, string> = {
  auc: "AUC",
  sensitivity: "sensitivity",
  specificity: "specificity",
  accuracy: "accuracy",
  balancedAccuracy: "balanced accuracy",
}

/** The images that were not evaluated, and what is to be known of the others. */
export function leftOutText({ leftOut, gaps, sharedGroups }: ExternalEvaluation): string[] {
  const named = leftOut.slice(0, NAMED).map(({ file, reason }) => `  ${file}: ${reason}`)
  const rest = leftOut.length > NAMED ? [`  and ${whole(leftOut.length - NAMED)} more, all in metrics.json`] : []
  const some = leftOut.length > 0 ? [`Left out  ${plural(leftOut.length, "image")}:`, ...named, ...rest] : []
  return [...some, ...gaps, ...sharedText(sharedGroups)]
}

export function sharedText(groups: readonly string[]): string[] {
  if (groups.length === 0) return []
  const some = groups.slice(0, 3).join(", ") + (groups.length > 3 ? ", ..." : "")
  const [names, are] = groups.length === 1 ? ["name", "is"] : ["names", "are"]
  return [
    `${plural(groups.length, "group")} ${groups.length === 1 ? "has" : "have"} the ${names} of groups that the run was trained on (${some}). ` +
      `If they ${are} the same patients, remove their images: the metrics are too good.`,
  ]
}

export function resultText(result: ExternalEvaluation): string[] {
  const missing = Object.entries(result.notDefined).map(([key, why]) => `${keyNames[key]} is not defined: ${why}.`)
  return [
    ...result.runs.flatMap((one) => ["", ...runText(one, result.classes.length)]),
    ...(missing.length > 0 ? ["", ...missing] : []),
    ...comparedText(result),
  ]
}

function runText(one: EvaluatedRun, classes: number): string[] {
  const { name, networks, evaluation, further, threshold } = one
  const whose = networks.length === 1 ? "its" : "their mean"
  const at = classes === 2 ? ` at ${whose} threshold, ${fixed(threshold)}` : ""
  const together = networks.length === 1 ? "1 network" : `mean of ${networks.length} networks`
  return [
    `${name}: ${together} on ${plural(evaluation.n, "image")} in ${plural(evaluation.groups, "group")}, with 95 % intervals`,
    ...headline(evaluation).map(([metric, text]) => `  ${metric} ${text}${metric === "sensitivity" ? at : ""}`),
    ...apartText(one.run.evaluation.folds).map((line) => `  ${line}`),
    `  always answering "${evaluation.majority.answer}" is right for ${percent(evaluation.majority.figures.accuracy)}`,
    ...furtherText(further).map((line) => line && `  ${line}`),
    ...(further.subgroups ? [] : [""]),
    ...dropText(one, classes),
  ]
}

/** From so far between the highest and the lowest threshold on, their mean says little. */
const FAR_APART = 0.3

/** A line if the folds chose thresholds that lie far apart. */
export function apartText(folds: readonly { threshold?: { probability: number } | null }[]): string[] {
  const chosen = folds.flatMap(({ threshold }) => threshold?.probability ?? [])
  const [least, most] = [Math.min(...chosen), Math.max(...chosen)]
  if (chosen.length < 2 || most - least < FAR_APART) return []
  return [
    `the networks' own thresholds lie from ${fixed(least, 2)} to ${fixed(most, 2)}: sensitivity and specificity at their mean say little, the AUC needs none`,
  ]
}

/** The metrics that are quoted first, with their intervals. */
export function headline(evaluation: Evaluation): [name: string, text: string][] {
  const rows: [string, string, Metric][] = "atHalf" in evaluation ? detectionRows(evaluation) : typesRows(evaluation)
  return rows.map(([name, key, metric]) => [name, metricText(key, metric)])
}

const detectionRows = ({ ranking, atChosen, calibrated }: DetectionEvaluation): [string, string, Metric][] => [
  ["AUC", "auc", ranking.auc],
  ["sensitivity", "sensitivity", atChosen.sensitivity],
  ["specificity", "specificity", atChosen.specificity],
  ["accuracy", "accuracy", atChosen.accuracy],
  ["calibration error", "ece", calibrated.ece],
]

const typesRows = ({ figures, calibrated }: TypesEvaluation): [string, string, Metric][] => [
  ["macro AUC", "auc", figures.auc],
  ["balanced accuracy", "balancedAccuracy", figures.balancedAccuracy],
  ["accuracy", "accuracy", figures.accuracy],
  ["calibration error", "ece", calibrated.ece],
]

/** Rows under `dropHeader`. */
export function dropRows({ drop, evaluation, networks }: EvaluatedRun, classes: number): string[][] {
  return keysFor(classes).map((key) => {
    const { outOfFold, here, change } = drop[key]
    return [
      keyNames[key],
      metricText(key, outOfFold),
      metricText(key, here),
      changeText(key, change),
      ...(networks.length > 1 ? [metricText(key, ensembleMetric(evaluation, key))] : []),
    ]
  })
}

/** A run of the set's own split has one network, which was tested on that split's test part. */
export const dropHeader = ({ run, networks }: Pick<EvaluatedRun, "run" | "networks">): string[] => [
  networks.length === 1 ? "the network" : "single networks",
  run.config.train.split === "given" ? "on its own test part" : "out of fold, mean of folds",
  ...["on this set", "change"],
  // Of one network it would be the same again.
  ...(networks.length > 1 ? ["networks together"] : []),
]

const dropText = (one: EvaluatedRun, classes: number): string[] =>
  [
    ...table([dropHeader(one), ...dropRows(one, classes)]),
    ...(one.run.config.train.split === "given" ? [] : [MEAN_OF_FOLDS]),
    ...whyNoChange(one, classes),
  ].map((line) => `  ${line}`)

/** Why the run's own report has another interval. */
const MEAN_OF_FOLDS =
  "out of fold is the mean of the folds' metrics; the run's report pools their predictions instead, and its interval is wider"

/** Why changes have no interval. */
export const whyNoChange = ({ drop }: EvaluatedRun, classes: number): string[] =>
  keysFor(classes).flatMap((key) => whyNoInterval(keyNames[key], drop[key].change))

/** Why differences of runs have no interval. */
export const whyNoDifference = (compared: Record<string, PairedModels>, classes: number): string[] =>
  keysFor(classes).flatMap((key) =>
    compared[key].pairs.flatMap((pair) => whyNoInterval(`${keyNames[key]}, ${pair.a} - ${pair.b}`, pair)),
  )

/** A value that is not defined is explained elsewhere. */
const whyNoInterval = (name: string, { value, interval, why }: Estimate): string[] =>
  value === null || interval !== null ? [] : [`${name} has no interval: ${why}.`]

/** "-5.0 points (-9.1 to -1.2)" of a proportion, else "-0.050 (-0.091 to -0.012)". */
export function changeText(key: string, { value, interval }: Pick<Metric, "value" | "interval">): string {
  if (value === null) return "-"
  const share = isShare(key)
  const signed = (text: string) => (value > 0 ? `+${text}` : text)
  return `${signed(share ? `${(value * 100).toFixed(1)} points` : fixed(value))} ${rangeText({ interval }, share)}`.trim()
}

/** A metric of the networks together that is defined like those of `comparedMetrics`. */
export function ensembleMetric(evaluation: Evaluation, key: string): Metric {
  if (!("atHalf" in evaluation)) return evaluation.figures[key]
  return key === "auc" ? evaluation.ranking.auc : evaluation.atChosen[key]
}

function comparedText({ compared, classes }: ExternalEvaluation): string[] {
  if (!compared) return []
  const rows = keysFor(classes.length).flatMap((key) =>
    compared[key].pairs.map((pair) => [keyNames[key], pair.a, pair.b, changeText(key, pair), fixed(pair.adjusted)]),
  )
  return [
    "",
    "Differences of the runs, first minus second, on the same images (paired bootstrap over groups)",
    ...table([["", "first", "second", "difference", "p after Holm"], ...rows], "lllrr").map((line) => `  ${line}`),
    ...whyNoDifference(compared, classes.length).map((line) => `  ${line}`),
  ]
}
