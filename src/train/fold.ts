/** One fold from first weights to test predictions. The test images are looked at once, with the best weights. */
import type { Normalisation } from "../data/augment.ts"
import type { Dataset } from "../data/dataset.ts"
import { answerOf } from "../eval/metrics.ts"
import { fitTemperature, type Temperature } from "../eval/temperature.ts"
import { answerAt, chooseThreshold, type Threshold, type ThresholdRule } from "../eval/threshold.ts"
import { KernelTimes } from "../gpu/kernel_times.ts"
import { Purpose, pcg4d } from "../tensor/random.ts"
import { balanced, batches, normalisation, shuffled } from "./batches.ts"
import type { TrainConfig } from "./config.ts"
import { Evaluation } from "./evaluate.ts"
import type { Emit, EpochRow } from "./events.ts"
import { foldName } from "./fold_name.ts"
import { type FoldPlace, type FoldState, type Progress, readState, restoreState, type Said } from "./fold_state.ts"
import { headFor } from "./head.ts"
import { makeSchedule } from "./recipe.ts"
import { EpochReport, evaluationReport } from "./report.ts"
import { type StepBench, TrainStep } from "./train_step.ts"
import { snapshot, type Weights } from "./weights.ts"

/** Indices into the dataset. */
export interface Split {
  train: number[]
  validation: number[]
  test: number[]
}

/** Of a test image. */
export interface Prediction extends Said {
  repeat: number
  fold: number
  /** The probabilities after temperature scaling. */
  calibrated: number[]
  /** The class that is answered at the fold's threshold; with more than two classes the most probable one. */
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
  validation: Said[]
  /** Chosen on them; null with more than two classes, of which the most probable one is answered. */
  threshold: Threshold | null
  /** Fitted to them. */
  temperature: Temperature
  predictions: Prediction[]
  seconds: number
}

/** What is kept of a fold for a pause: its weights are in a file of their own, its split follows from the config. */
export type FinishedFold = Omit<FoldResult, "weights" | "split">

/** What all folds of a run share: one network and optimiser, made anew for each. */
export interface Workbench extends StepBench {
  config: TrainConfig
  emit: Emit
  signal?: AbortSignal
  keeper?: Keeper
}

/** Is given a fold's state now and then, for the fold to go on from later. */
export interface Keeper {
  /** Updates between two states within an epoch; 0 for states at the ends of epochs alone. */
  every: number
  keep(state: FoldState): void
}

/**
 * Trains and tests one fold.
 *
 * @param from where it was when it was left; null begins it
 * @throws the signal's reason when it is aborted
 */
export async function trainFold(
  shared: Workbench,
  place: FoldPlace,
  split: Split,
  from: FoldState | null = null,
): Promise<FoldResult> {
  const { gpu, data, config } = shared
  const bench = { ...shared, head: headFor(data.classes.length, positiveWeight(config, data, split.train)) }
  const started = performance.now() - (from?.seconds ?? 0) * 1000
  const norm = normalisation(data, split.train)
  const seed = foldSeed(config.seed, place.fold)
  const times = new KernelTimes()
  const step = new TrainStep(bench, { seed, norm })
  const at: Fold = { ...place, seed, split, started, step, evaluation: new Evaluation(gpu, bench.model, data, norm) }
  const progress = from ? resume(bench, from, seed) : begin(bench, seed)
  while (goesOn(config, progress)) {
    await runEpoch(bench, at, progress, from)
    times.add(await gpu.takeTrace())
  }
  const { history, best } = progress
  const { row, weights, validation } = best!
  bench.model.loadStateDict(weights)
  const logits = await at.evaluation.logits(split.test, evaluationReport(bench, place.fold, "test"))
  times.add(await gpu.takeTrace())
  if (gpu.tracing) bench.emit({ type: "trace", ...place, kernels: times.rows() })
  const { threshold, temperature } = operatingPoint(config, data, validation)
  const predictions = split.test.map((index, i) => {
    const scaled = logits[i].map((logit) => logit / temperature.value)
    const probabilities = bench.head.probabilities(logits[i])
    const answer = threshold ? answerAt(logits[i][0], threshold) : answerOf(probabilities)
    return { index, ...place, logits: logits[i], probabilities, calibrated: bench.head.probabilities(scaled), answer }
  })
  const seconds = (performance.now() - started) / 1000
  const found = { bestEpoch: row.epoch, weights, normalisation: norm, validation, threshold, temperature }
  return { ...place, split, history, ...found, predictions, seconds }
}

function begin({ model, optimizer, tally }: Workbench, seed: number): Progress {
  model.initialise(seed)
  optimizer.reset()
  tally.reset()
  return { epoch: 1, done: 0, history: [], best: null }
}

function resume(bench: Workbench, from: FoldState, seed: number): Progress {
  restoreState(bench, from, seed)
  const { epoch, done, history, best } = from
  return { epoch, done, history: [...history], best }
}

/** Whether there is another epoch: not behind the last one, nor after too many that brought nothing. */
const goesOn = ({ epochs, patience }: TrainConfig, { epoch, best }: Progress): boolean =>
  epoch <= epochs && !(patience > 0 && best !== null && epoch - 1 - best.row.epoch >= patience)

/** Trains and validates what is left of an epoch, and moves `progress` behind it. */
async function runEpoch(bench: Workbench, at: Fold, progress: Progress, from: FoldState | null): Promise<void> {
  const { config, model, tally } = bench
  const { repeat, fold } = at
  const { epoch } = progress
  const trained = await trainEpoch(bench, at, progress, from)
  const { said, ...validated } = await validate(bench, at)
  checkFinite(config, at, epoch, trained.loss, validated.validationLoss)
  const better = !progress.best || validated.validationLoss < progress.best.row.validationLoss
  const row: EpochRow = { repeat, fold, epoch, ...trained, ...validated, best: better }
  progress.history.push(row)
  if (better) progress.best = { row, weights: await snapshot(model), validation: said }
  progress.epoch++
  progress.done = 0
  tally.reset()
  bench.emit({ type: "epoch", epochs: config.epochs, ...row })
  await keepState(bench, at, progress)
}

async function keepState(bench: Workbench, at: Fold, progress: Progress): Promise<void> {
  const seconds = (performance.now() - at.started) / 1000
  bench.keeper?.keep(await readState(bench, { ...at, ...progress, seconds }))
}

/** Of a fold's first weights, its order of images and its transforms; `seed` is that of its repeat. */
export const foldSeed = (seed: number, fold: number): number => pcg4d(seed, Purpose.init, fold, 0)[0]

/** Where the network answers positive, and how sure it may be: from validation images alone. */
function operatingPoint({ sensitivity }: TrainConfig, data: Dataset, validation: readonly Said[]) {
  const labels = validation.map(({ index }) => data.labels[index])
  const logits = validation.map((said) => said.logits)
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

/** The loss of a training that is no number any more. */
export class Diverged extends Error {}

/** Weights that are no numbers never become numbers again. */
function checkFinite({ lr, clip }: TrainConfig, place: FoldPlace, epoch: number, ...losses: number[]): void {
  const loss = losses.find((value) => !Number.isFinite(value))
  if (loss === undefined) return
  throw new Diverged(
    `${foldName(place)}: the loss is ${loss} in epoch ${epoch}: the training has diverged. ` +
      `Use a learning rate under ${lr} (--lr)${clip > 0 ? "" : ", or clip gradients (--clip 1)"}.`,
  )
}

/** What does not change over a fold. */
interface Fold extends FoldPlace {
  seed: number
  split: Split
  /** By the clock of performance.now(); earlier where the fold was begun in another process. */
  started: number
  step: TrainStep
  evaluation: Evaluation
}

/** The batches of an epoch, in order. */
export function epochBatches(
  data: Pick<Dataset, "labels">,
  { sampling, batch }: Pick<TrainConfig, "sampling" | "batch">,
  train: readonly number[],
  seed: number,
  epoch: number,
): number[][] {
  const draws = sampling === "balanced" ? balanced(data, train, seed, epoch) : shuffled(train, seed, epoch)
  return batches(draws, batch)
}

async function trainEpoch(bench: Workbench, at: Fold, progress: Progress, from: FoldState | null) {
  const { gpu, data, config, optimizer, tally, signal, keeper } = bench
  const { epoch } = progress
  const order = epochBatches(data, config, at.split.train, at.seed, epoch)
  const schedule = makeSchedule(config, order.length)
  const left = order.slice(progress.done)
  let seen = order.slice(0, progress.done).reduce((images, { length }) => images + length, 0)
  const report = new EpochReport(bench, { fold: at.fold, epoch }, order.length, seen)
  for (const indices of left) {
    signal?.throwIfAborted()
    optimizer.lr = schedule((epoch - 1) * order.length + progress.done)
    const started = performance.now()
    at.step.run(indices, epoch)
    gpu.endStep()
    if (isFirst(at, progress, from)) await sayFirstStep(bench, started)
    seen += indices.length
    progress.done++
    await gpu.pace()
    await report.maybe(progress.done, seen)
    const due = keeper && keeper.every > 0 && optimizer.steps % keeper.every === 0 && progress.done < order.length
    if (due) await keepState(bench, at, progress)
  }
  const { loss, accuracy } = await tally.read(seen)
  // Of the last update, also where that was before a pause.
  const lr = schedule(epoch * order.length - 1)
  return { loss, accuracy, lr, imagesPerSecond: report.rate(seen) }
}

/** Whether the step before `progress` moves on is the first of the run, or of its going on. */
const isFirst = ({ repeat, fold }: FoldPlace, { epoch, done }: Progress, from: FoldState | null): boolean =>
  from ? epoch === from.epoch && done === from.done : repeat === 0 && fold === 0 && epoch === 1 && done === 0

async function sayFirstStep({ gpu, emit }: Workbench, started: number): Promise<void> {
  await gpu.done()
  emit({ type: "first-step", seconds: (performance.now() - started) / 1000 })
}

async function validate(bench: Workbench, { fold, split, evaluation }: Fold) {
  const indices = split.validation
  const logits = await evaluation.logits(indices, evaluationReport(bench, fold, "validation"))
  let loss = 0
  let right = 0
  const said = indices.map((index, i): Said => {
    const label = bench.data.labels[index]
    const probabilities = bench.head.probabilities(logits[i])
    loss += bench.head.lossOf(logits[i], label)
    if (answerOf(probabilities) === label) right++
    return { index, logits: logits[i], probabilities }
  })
  return { said, validationLoss: loss / indices.length, validationAccuracy: right / indices.length }
}
