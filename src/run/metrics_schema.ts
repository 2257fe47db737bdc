/** metrics.json and summary.json as the report needs them. */
import type { DetectionEvaluation, Metric, TypesEvaluation } from "../eval/evaluation.ts"
import type { DecisionCurve, FixedRate, SubgroupMetrics } from "../eval/further_metrics.ts"
import { checked, count, either, flag, having, keyed, list, nullable, number, object, oneOf, optional, pair, record, type Schema, text } from "../files/schema.ts" // biome-ignore format: a list
import type { StoredMetrics, StoredPatients } from "./metrics_file.ts"
import type { PartCounts } from "./part_counts.ts"
import type { Summary } from "./summary.ts"

const DECISIONS = ["accuracy", "balancedAccuracy", "sensitivity", "specificity", "ppv", "npv", "f1", "mcc"] as const
const RANKING = ["auc", "averagePrecision"] as const
const PROBABILITIES = ["brier", "ece", "calibrationSlope", "calibrationIntercept", "calibrationInTheLarge"] as const
const OVERALL = ["accuracy", "balancedAccuracy", "macroSensitivity", "macroPrecision", "macroF1", "mcc", "auc", "averagePrecision", "brier", "ece"] as const // biome-ignore format: a list
const OF_CLASS = ["sensitivity", "specificity", "precision", "npv", "f1", "mcc", "auc", "averagePrecision", "brier"] as const // biome-ignore format: a list

const defined = nullable(number)
const range = nullable(pair)

const metric = object({
  ...{ value: defined, interval: range, method: nullable(oneOf(["wilson", "bca", "percentile"])) },
  ...{ percentile: range, bca: range, wilson: optional(range), why: optional(text) },
}) satisfies Schema<Metric>

const confusion = list(list(count))
const counts = { n: count, groups: count, majority: object({ answer: text, figures: record(defined) }) }

const detection = object({
  ...counts,
  ...{ atHalf: keyed(DECISIONS, metric), atChosen: keyed(DECISIONS, metric), ranking: keyed(RANKING, metric) },
  ...{ probabilities: keyed(PROBABILITIES, metric), calibrated: keyed(PROBABILITIES, metric) },
  confusion: object({ atHalf: confusion, atChosen: confusion }),
}) satisfies Schema<DetectionEvaluation>

const types = object({
  ...{ ...counts, figures: keyed(OVERALL, metric), calibrated: keyed(["brier", "ece"], metric), confusion },
  perClass: list(object({ name: text, n: count, figures: keyed(OF_CLASS, metric) })),
}) satisfies Schema<TypesEvaluation>

const place = { repeat: count, fold: count }
const threshold = object({
  ...{ probability: number, logit: number, sensitivity: defined, specificity: defined, why: optional(text) },
})
const part = object({ images: count, groups: count, classes: list(count) }) satisfies Schema<PartCounts>
const parts = optional(keyed(["train", "validation", "test"], part))
const foldFacts = { ...place, validation: count, parts, temperature: object({ value: number, why: optional(text) }) }

const square = (matrix: readonly (readonly number[])[], size: number): boolean =>
  matrix.length === size && matrix.every((row) => row.length === size)

/** A matrix, and in each row, is a place for each class. */
const isOfClasses = (evaluation: DetectionEvaluation | TypesEvaluation, classes: number): boolean =>
  "atHalf" in evaluation
    ? classes === 2 && Object.values(evaluation.confusion).every((matrix) => square(matrix, 2))
    : classes > 2 && evaluation.perClass.length === classes && square(evaluation.confusion, classes)

const patients = object({
  evaluation: having("atHalf", detection, types),
  mixed: either([count, list(text)], "a count, or a list of names"),
}) satisfies Schema<StoredPatients>

const estimate = { value: defined, interval: range, why: optional(text) }
const difference = object({ ...estimate, p: defined, adjusted: defined })
const subgroups = object({
  ...{ by: list(text), tests: count },
  rows: list(
    object({
      ...{ column: text, value: text, n: count, groups: count },
      metrics: record(object({ ...estimate, difference })),
    }),
  ),
}) satisfies Schema<SubgroupMetrics>

const fixedRate = object({
  ...{ fixed: oneOf(["sensitivity", "specificity"]), least: number, reached: defined, threshold: defined },
  ...estimate,
}) satisfies Schema<FixedRate>

const decisionCurve = object({
  ...{ threshold: list(number), model: list(number), all: list(number) },
}) satisfies Schema<DecisionCurve>

const further = {
  patients: optional(nullable(patients)),
  subgroups: optional(nullable(subgroups)),
  fixedRates: optional(nullable(list(fixedRate))),
  decisionCurve: optional(nullable(decisionCurve)),
}

export const metricsSchema = checked(
  object({
    ...{ classes: list(text), thresholdRule: optional(text), level: number, resamples: count },
    folds: list(
      having(
        "atHalf",
        object({ ...foldFacts, threshold, ...detection.entries }),
        object({ ...foldFacts, ...types.entries }),
      ),
    ),
    repeats: optional(
      list(
        having("atHalf", object({ repeat: count, ...detection.entries }), object({ repeat: count, ...types.entries })),
      ),
    ),
    pooled: having("atHalf", detection, types),
    ...further,
  }),
  ({ classes, folds, repeats = [], pooled, patients }) =>
    [...folds, ...repeats, pooled, ...(patients ? [patients.evaluation] : [])].every((evaluation) =>
      isOfClasses(evaluation, classes.length),
    ),
  "metrics of as many classes as it names",
) satisfies Schema<StoredMetrics>

const common = { n: count, majorityAccuracy: defined, confusion }
const binary = {
  ...common,
  ...keyed([...DECISIONS, "precision", ...RANKING, ...PROBABILITIES], defined).entries,
}
const oneClass = object({ n: count, ...keyed(OF_CLASS, defined).entries })
const several = { ...common, ...keyed(OVERALL, defined).entries, perClass: list(oneClass) }
const rowFacts = {
  ...{ ...place, bestEpoch: count, epochs: count, seconds: number },
  ...{ value: optional(text), threshold: optional(number), temperature: number },
}

export const summarySchema = object({
  ...{ complete: flag, foldCount: count, classes: list(text), positive: optional(text) },
  ...{ split: optional(oneOf(["given"])), foldsBy: optional(text) },
  init: optional(object({ source: text, sha256: list(text) })),
  folds: list(having("perClass", object({ ...rowFacts, ...several }), object({ ...rowFacts, ...binary }))),
  ...{ mean: record(defined), sd: record(defined) },
  pooled: nullable(having("perClass", object(several), object(binary))),
  seconds: number,
  compile: nullable(object({ seconds: number, firstStepSeconds: defined, milliseconds: record(number) })),
}) satisfies Schema<Summary>
