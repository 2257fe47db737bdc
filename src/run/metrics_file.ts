/** metrics.json: all metrics of a run, for each fold, each repeat and pooled, with intervals. */
import type { Dataset } from "../data/dataset.ts"
import { RESAMPLES } from "../eval/bootstrap.ts"
import { type Evaluation, evaluate } from "../eval/evaluation.ts"
import { LEVEL } from "../eval/interval.ts"
import type { Temperature } from "../eval/temperature.ts"
import type { Threshold } from "../eval/threshold.ts"
import type { TrainConfig } from "../train/config.ts"
import type { FinishedFold } from "../train/fold.ts"
import { outOfFold } from "../train/out_of_fold.ts"

export interface RunMetrics {
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
    threshold?: Threshold
    temperature: Temperature
  } & Evaluation)[]
  /** Each repeat's folds together; absent where there was one cross-validation. */
  repeats?: ({ repeat: number } & Evaluation)[]
  /** All predictions together. */
  pooled: Evaluation
}

/** @param results the folds that were finished, one or more */
export function runMetrics(
  data: Dataset,
  results: readonly FinishedFold[],
  { seed, sensitivity }: Pick<TrainConfig, "seed" | "sensitivity">,
): RunMetrics {
  const { classes } = data
  const evaluationOf = (some: readonly FinishedFold[]) =>
    evaluate(outOfFold(data, some), classes, { resamples: RESAMPLES, seed })
  const repeats = [...new Set(results.map(({ repeat }) => repeat))]
  return {
    classes,
    thresholdRule: classes.length > 2 ? undefined : ruleName(sensitivity),
    level: LEVEL,
    resamples: RESAMPLES,
    folds: results.map((result) => {
      const { repeat, fold, validation, threshold, temperature } = result
      const facts = { repeat, fold, validation: validation.length, threshold: threshold ?? undefined, temperature }
      return { ...facts, ...evaluationOf([result]) }
    }),
    repeats:
      repeats.length > 1
        ? repeats.map((repeat) => ({ repeat, ...evaluationOf(results.filter((result) => result.repeat === repeat)) }))
        : undefined,
    pooled: evaluationOf(results),
  }
}

const ruleName = (sensitivity: number | null): string =>
  sensitivity === null ? "Youden" : `sensitivity ${sensitivity}`
