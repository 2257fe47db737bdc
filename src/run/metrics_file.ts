/**
 * metrics.json: all metrics of a run, for each fold, each repeat and pooled, with intervals, and
 * what reviewers ask for.
 */
import type { Dataset } from "../data/dataset.ts"
import { RESAMPLES } from "../eval/bootstrap.ts"
import { type Answered, type Evaluation, evaluate } from "../eval/evaluation.ts"
import { type FurtherMetrics, furtherMetrics, type PatientMetrics } from "../eval/further_metrics.ts"
import { LEVEL } from "../eval/interval.ts"
import { columnsNamed } from "../eval/subgroups.ts"
import type { Temperature } from "../eval/temperature.ts"
import type { Threshold } from "../eval/threshold.ts"
import type { TrainConfig } from "../train/config.ts"
import type { FinishedFold } from "../train/fold.ts"
import { outOfFold } from "../train/out_of_fold.ts"
import { type FoldParts, foldParts } from "./part_counts.ts"

/** A run of an earlier version has no further metrics. */
export interface RunMetrics extends Partial<FurtherMetrics> {
  classes: string[]
  /** How thresholds were chosen on validation images; absent with more than two classes. */
  thresholdRule?: string
  /** Of all intervals. */
  level: number
  /** Bootstrap samples of groups. */
  resamples: number
  folds: ({
    repeat: number
    fold: number
    validation: number
    /** Absent in runs of earlier versions. */
    parts?: FoldParts
    threshold?: Threshold
    temperature: Temperature
  } & Evaluation)[]
  /** Each repeat's folds together; absent where there was one cross-validation. */
  repeats?: ({ repeat: number } & Evaluation)[]
  /** All predictions together. */
  pooled: Evaluation
}

/** Builds between 0.2.0 and the next version wrote the names of mixed patients. */
export type StoredPatients = Omit<PatientMetrics, "mixed"> & { mixed: number | string[] }
export type StoredMetrics = Omit<RunMetrics, "patients"> & { patients?: StoredPatients | null }

/** metrics.json of any version, without the names of patients. */
export function withoutNames({ patients, ...metrics }: StoredMetrics): RunMetrics {
  if (!patients) return { ...metrics, ...(patients === null && { patients }) }
  const { mixed } = patients
  return { ...metrics, patients: { ...patients, mixed: typeof mixed === "number" ? mixed : mixed.length } }
}

/**
 * @param results the folds that were finished, one or more
 * @param by columns of the images, for subgroups
 */
export function runMetrics(
  data: Dataset,
  results: readonly FinishedFold[],
  { seed, sensitivity }: Pick<TrainConfig, "seed" | "sensitivity">,
  by: readonly string[] = [],
): RunMetrics {
  const { classes } = data
  const evaluationOf = (some: readonly FinishedFold[]) =>
    evaluate(outOfFold(data, some), classes, { resamples: RESAMPLES, seed })
  const repeats = [...new Set(results.map(({ repeat }) => repeat))]
  const ofRepeat = (repeat: number) => results.filter((result) => result.repeat === repeat)
  return {
    classes,
    thresholdRule: classes.length > 2 ? undefined : ruleName(sensitivity),
    level: LEVEL,
    resamples: RESAMPLES,
    folds: results.map((result) => {
      const { repeat, fold, validation, threshold, temperature } = result
      const facts = { repeat, fold, validation: validation.length, parts: foldParts(data, result) }
      return { ...facts, threshold: threshold ?? undefined, temperature, ...evaluationOf([result]) }
    }),
    repeats: repeats.length > 1 ? repeats.map((repeat) => ({ repeat, ...evaluationOf(ofRepeat(repeat)) })) : undefined,
    pooled: evaluationOf(results),
    ...further(data, repeats.map(ofRepeat), { seed, by }),
  }
}

/** In the order of predictions.csv, from which the report computes the same. */
function further(
  data: Dataset,
  repeats: readonly (readonly FinishedFold[])[],
  { seed, by }: { seed: number; by: readonly string[] },
): FurtherMetrics {
  const columns = columnsNamed(data.columns ?? {}, by)
  const sets = repeats.map((results) => {
    const indices = results.flatMap(({ predictions }) => predictions.map(({ index }) => index))
    const answered = outOfFold(data, results)
    const order = [...indices.keys()].sort((a, b) => indices[a] - indices[b])
    return order.map((k): [number, Answered] => [indices[k], answered[k]])
  })
  const cells = Object.entries(columns).map(([name, all]) => [name, sets.flat().map(([index]) => all[index])])
  return furtherMetrics(
    sets.map((set) => set.map(([, answered]) => answered)),
    data.classes,
    { columns: Object.fromEntries(cells), resamples: RESAMPLES, seed },
  )
}

const ruleName = (sensitivity: number | null): string =>
  sensitivity === null ? "Youden" : `sensitivity ${sensitivity}`
