/**
 * One fold from first weights to test predictions. The test images are looked at once, with the
 * best weights.
 */

import type { Dataset } from "../data/dataset.ts"
import { answerOf } from "../eval/metrics.ts"
import { fitTemperature, type Temperature } from "../eval/temperature.ts"
import { answerAt, chooseThreshold, type Threshold, type ThresholdRule } from "../eval/threshold.ts"
import { KernelTimes } from "../gpu/kernel_times.ts"
import type { Normalisation } from "../layers/augment.ts"
import { headFor } from "../models/head.ts"
import { Purpose, pcg4d } from "../tensor/random.ts"
import type { Weights } from "../weights/weights.ts"
import { normalisation } from "./batches.ts"
import type { TrainConfig } from "./config.ts"
import { begin, type Fold, resume, type Split, type TrainContext } from "./context.ts"
import { runEpoch } from "./epoch.ts"
import type { EpochRow } from "./events.ts"
import type { FoldPlace, FoldProgress, FoldState, ImageOutput } from "./fold_state.ts"
import { Inference, inferenceBatchBeside } from "./inference.ts"
import { inferenceProgress } from "./progress.ts"
import { TrainStep } from "./train_step.ts"

/** Of a test image. */
export interface Prediction extends ImageOutput {
  repeat: number
  fold: number
  /** The probabilities after temperature scaling. */
  calibrated: number[]
  /**
   * The class that is answered at the fold's threshold; with more than two classes the most
   * probable one.
   */
  answer: number
}

export interface FoldResult {
  repeat: number
  fold: number
  split: Split
  history: EpochRow[]
  bestEpoch: number
  weights: Weights
  normalisation: Normalisation
  /** What the best weights say of the validation images. */
  validation: ImageOutput[]
  /**
   * Chosen on them; null with more than two classes, of which the most probable one is answered.
   */
  threshold: Threshold | null
  /** Fitted to them. */
  temperature: Temperature
  predictions: Prediction[]
  seconds: number
}

/**
 * What is kept of a fold for a pause: its weights are in a file of their own, its split follows
 * from the config.
 */
export type FinishedFold = Omit<FoldResult, "weights" | "split">

/**
 * Trains and tests one fold.
 *
 * @param from where it was when it was left; null begins it
 * @throws the signal's reason when it is aborted
 */
export async function trainFold(
  shared: TrainContext,
  place: FoldPlace,
  split: Split,
  from: FoldState | null = null,
): Promise<FoldResult> {
  const { gpu, data, config } = shared
  const context = { ...shared, head: headFor(data.classes.length, positiveWeight(config, data, split.train)) }
  const started = performance.now() - (from?.seconds ?? 0) * 1000
  const norm = normalisation(data, split.train)
  const seed = foldSeed(config.seed, place.fold)
  const times = new KernelTimes()
  const step = new TrainStep(context, { seed, norm })
  const inference = new Inference(gpu, context.model, data, norm, inferenceBatchBeside(data.size, config.batch))
  const at: Fold = { ...place, seed, split, started, last: from, step, inference }
  const progress = from ? resume(context, from, seed) : begin(context, seed)
  while (goesOn(config, progress)) {
    await runEpoch(context, at, progress)
    times.add(await gpu.takeTrace())
  }
  const { history, best } = progress
  const { row, weights, validation } = best!
  context.model.loadStateDict(weights)
  const logits = await at.inference.logits(split.test, inferenceProgress(context, place.fold, "test"))
  times.add(await gpu.takeTrace())
  if (gpu.tracing) context.emit({ type: "trace", ...place, kernels: times.rows() })
  const { threshold, temperature } = operatingPoint(config, data, validation)
  const predictions = split.test.map((index, i) => {
    const scaled = logits[i].map((logit) => logit / temperature.value)
    const probabilities = context.head.probabilities(logits[i])
    const answer = threshold ? answerAt(logits[i][0], threshold) : answerOf(probabilities)
    return { index, ...place, logits: logits[i], probabilities, calibrated: context.head.probabilities(scaled), answer }
  })
  const seconds = (performance.now() - started) / 1000
  const found = { bestEpoch: row.epoch, weights, normalisation: norm, validation, threshold, temperature }
  return { ...place, split, history, ...found, predictions, seconds }
}

/**
 * Whether there is another epoch: not behind the last one, nor after too many that brought nothing.
 */
const goesOn = ({ epochs, patience }: TrainConfig, { epoch, best }: FoldProgress): boolean =>
  epoch <= epochs && !(patience > 0 && best !== null && epoch - 1 - best.row.epoch >= patience)

/**
 * Of a fold's first weights, its order of images and its transforms; `seed` is that of its repeat.
 */
export const foldSeed = (seed: number, fold: number): number => pcg4d(seed, Purpose.init, fold, 0)[0]

/** Where the network answers positive, and how sure it may be: from validation images alone. */
function operatingPoint({ sensitivity }: TrainConfig, data: Dataset, validation: readonly ImageOutput[]) {
  const labels = validation.map(({ index }) => data.labels[index])
  const logits = validation.map((outputs) => outputs.logits)
  const rule: ThresholdRule = sensitivity === null ? { rule: "youden" } : { rule: "sensitivity", least: sensitivity }
  const binary = data.classes.length === 2
  const threshold = binary
    ? chooseThreshold(
        labels,
        logits.map(([logit]) => logit),
        rule,
      )
    : null
  return { threshold, temperature: fitTemperature(logits, labels) }
}

/** As the config says, or such that both classes weigh the same in the training part. */
export function positiveWeight(
  { posWeight }: Pick<TrainConfig, "posWeight">,
  { labels }: Pick<Dataset, "labels">,
  train: readonly number[],
): number {
  if (posWeight !== "auto") return posWeight
  const positives = train.filter((index) => labels[index] === 1).length
  // A training part without one of the classes is not weighed.
  return positives === 0 || positives === train.length ? 1 : (train.length - positives) / positives
}
