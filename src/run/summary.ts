/** What a run comes to: summary.json. */
import type { Dataset } from "../data/dataset.ts"
import { mean, standardDeviation } from "../eval/mean.ts"
import { type BinaryMetrics, binaryMetrics, type TypeMetrics, typeMetrics } from "../eval/metrics.ts"
import type { FinishedFold, Prediction } from "../train/fold.ts"

export type FoldMetrics = BinaryMetrics | TypeMetrics

/** Metrics that are averaged over folds. */
export type Averages = Record<string, number | null>

/** What a fold's row has beside its metrics. */
interface FoldFacts {
  repeat: number
  fold: number
  /** Value of the column that `foldsBy` names: what the fold tested. */
  value?: string
  bestEpoch: number
  epochs: number
  seconds: number
  /**
   * Probability above which the positive class is answered, as validation images have it; absent
   * with more classes.
   */
  threshold?: number
  /** As validation images have it; 1 where none could be fitted. */
  temperature: number
}

export interface Summary {
  /** Whether all folds were finished. */
  complete: boolean
  /** How many folds there were to be, those of all repeats. */
  foldCount: number
  classes: string[]
  /** The class that sensitivity, precision and AUC speak of; absent with more than two. */
  positive?: string
  /** The one fold is the set's own split. */
  split?: "given"
  /** Column of the labels table that the folds are of. */
  foldsBy?: string
  /** What the first weights are, and the SHA-256 of each file; absent if all were drawn. */
  init?: { source: string; sha256: string[] }
  folds: (FoldFacts & FoldMetrics)[]
  /** Over the folds. */
  mean: Averages
  /** Sample standard deviation over the folds. */
  sd: Averages
  /**
   * All test images together, each predicted by the network that did not see its group; null before
   * the first fold.
   */
  pooled: FoldMetrics | null
  /** Training and testing, without reading the images. */
  seconds: number
  /** What came before; null where the run ended earlier. */
  compile: CompileTimes | null
}

export interface CompileTimes {
  /** All pipelines together, compiled side by side. */
  seconds: number
  /** The first training step, where a driver may compile once more. */
  firstStepSeconds: number | null
  /** That each pipeline added, by the shader and its consts; see `Compiled`. */
  milliseconds: Record<string, number>
}

/** @param results the folds that were finished */
export function summarise(
  data: Dataset,
  results: readonly FinishedFold[],
  foldCount: number,
  {
    compile = null,
    ...own
  }: { compile?: CompileTimes | null; values?: readonly string[] } & Pick<Summary, "split" | "foldsBy" | "init"> = {},
): Summary {
  const { values, ...plan } = own
  const folds = results.map(({ repeat, fold, bestEpoch, history, seconds, predictions, threshold, temperature }) => {
    const facts = {
      repeat,
      fold,
      value: values?.[fold],
      bestEpoch,
      epochs: history.length,
      seconds,
      threshold: threshold?.probability,
    }
    return { ...facts, temperature: temperature.value, ...metricsOf(data, predictions) }
  })
  const everything = results.flatMap(({ predictions }) => predictions)
  return {
    complete: results.length === foldCount,
    foldCount,
    classes: data.classes,
    positive: data.classes.length === 2 ? data.classes[1] : undefined,
    ...plan,
    folds,
    mean: overFolds(folds, mean),
    sd: overFolds(folds, standardDeviation),
    pooled: everything.length > 0 ? metricsOf(data, everything) : null,
    seconds: results.reduce((total, { seconds }) => total + seconds, 0),
    compile,
  }
}

function metricsOf(data: Dataset, predictions: readonly Prediction[]): FoldMetrics {
  const labels = predictions.map(({ index }) => data.labels[index])
  const probabilities = predictions.map((prediction) => prediction.probabilities)
  if (data.classes.length > 2) return typeMetrics({ labels, probabilities }, data.classes.length)
  return binaryMetrics({ labels, probabilities, scores: predictions.map(({ logits }) => logits[0]) })
}

const averaged = [
  "accuracy",
  "balancedAccuracy",
  "sensitivity",
  "specificity",
  "precision",
  "ppv",
  "npv",
  "f1",
  "macroSensitivity",
  "macroPrecision",
  "macroF1",
  "mcc",
  "auc",
  "averagePrecision",
  "brier",
  "ece",
  "calibrationSlope",
  "calibrationIntercept",
  "calibrationInTheLarge",
  "majorityAccuracy",
]

function overFolds(folds: readonly object[], average: (values: (number | null)[]) => number | null): Averages {
  const rows = folds as Record<string, number | null>[]
  const keys = averaged.filter((key) => rows.length > 0 && key in rows[0])
  return Object.fromEntries(keys.map((key) => [key, average(rows.map((row) => row[key]))]))
}
