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

/** What the fold's network says of one image. */
interface Said {
  index: number
  logits: number[]
  /** One a class. */
  probabilities: number[]
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

/** What all folds of a run share: one network and optimiser, made anew for each. */
export interface Workbench extends StepBench {
  config: TrainConfig
  emit: Emit
  signal?: AbortSignal
}

/** Which one of a run's folds; repeat r of the whole cross-validation. */
export interface FoldPlace {
  repeat: number
  fold: number
}

/**
 * Trains and tests one fold.
 *
 * @throws the signal's reason when it is aborted
 */
export async function trainFold(shared: Workbench, place: FoldPlace, split: Split): Promise<FoldResult> {
  const { gpu, data, config, model, optimizer } = shared
  const head = headFor(data.classes.length, positiveWeight(config, data, split.train))
  const bench = { ...shared, head }
  const { fold } = place
  const started = performance.now()
  const norm = normalisation(data, split.train)
  const seed = pcg4d(config.seed, Purpose.init, fold, 0)[0]
  model.initialise(seed)
  optimizer.reset()
  const step = new TrainStep(bench, { seed, norm })
  const evaluation = new Evaluation(gpu, model, data, norm)
  const times = new KernelTimes()
  const history: EpochRow[] = []
  let best: { row: EpochRow; weights: Weights; validation: Said[] } | undefined
  for (let epoch = 1; epoch <= config.epochs; epoch++) {
    const at: Epoch = { ...place, epoch, seed, split, step, evaluation }
    const trained = await trainEpoch(bench, at)
    const { said, ...validated } = await validate(bench, at)
    times.add(await gpu.takeTrace())
    checkFinite(config, place, epoch, trained.loss, validated.validationLoss)
    const better = !best || validated.validationLoss < best.row.validationLoss
    const row: EpochRow = { ...place, epoch, ...trained, ...validated, best: better }
    history.push(row)
    if (better) best = { row, weights: await snapshot(model), validation: said }
    bench.emit({ type: "epoch", epochs: config.epochs, ...row })
    if (config.patience > 0 && epoch - best!.row.epoch >= config.patience) break
  }
  const { row, weights, validation } = best!
  model.loadStateDict(weights)
  const logits = await evaluation.logits(split.test, evaluationReport(bench, fold, "test"))
  times.add(await gpu.takeTrace())
  if (gpu.tracing) bench.emit({ type: "trace", ...place, kernels: times.rows() })
  const { threshold, temperature } = operatingPoint(config, data, validation)
  const predictions = split.test.map((index, i) => {
    const scaled = logits[i].map((logit) => logit / temperature.value)
    const probabilities = head.probabilities(logits[i])
    const answer = threshold ? answerAt(logits[i][0], threshold) : answerOf(probabilities)
    return { index, ...place, logits: logits[i], probabilities, calibrated: head.probabilities(scaled), answer }
  })
  const seconds = (performance.now() - started) / 1000
  const found = { bestEpoch: row.epoch, weights, normalisation: norm, validation, threshold, temperature }
  return { ...place, split, history, ...found, predictions, seconds }
}

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

/** Weights that are no numbers never become numbers again. */
function checkFinite({ lr, clip }: TrainConfig, place: FoldPlace, epoch: number, ...losses: number[]): void {
  const loss = losses.find((value) => !Number.isFinite(value))
  if (loss === undefined) return
  throw new Error(
    `${foldName(place)}: the loss is ${loss} in epoch ${epoch}: the training has diverged. ` +
      `Use a learning rate under ${lr} (--lr)${clip > 0 ? "" : ", or clip gradients (--clip 1)"}.`,
  )
}

interface Epoch extends FoldPlace {
  epoch: number
  seed: number
  split: Split
  step: TrainStep
  evaluation: Evaluation
}

async function trainEpoch(bench: Workbench, at: Epoch) {
  const { gpu, data, config, optimizer, tally, signal } = bench
  const draws =
    config.sampling === "balanced"
      ? balanced(data, at.split.train, at.seed, at.epoch)
      : shuffled(at.split.train, at.seed, at.epoch)
  const order = batches(draws, config.batch)
  const schedule = makeSchedule(config, order.length)
  let seen = 0
  tally.reset()
  const report = new EpochReport(bench, at, order.length)
  for (const [done, indices] of order.entries()) {
    signal?.throwIfAborted()
    optimizer.lr = schedule((at.epoch - 1) * order.length + done)
    const started = performance.now()
    at.step.run(indices, at.epoch)
    gpu.endStep()
    if (at.repeat === 0 && at.fold === 0 && at.epoch === 1 && done === 0) await sayFirstStep(bench, started)
    seen += indices.length
    await gpu.pace()
    await report.maybe(done + 1, seen)
  }
  const { loss, accuracy } = await tally.read(seen)
  return { loss, accuracy, lr: optimizer.lr, imagesPerSecond: report.rate(seen) }
}

async function sayFirstStep({ gpu, emit }: Workbench, started: number): Promise<void> {
  await gpu.done()
  emit({ type: "first-step", seconds: (performance.now() - started) / 1000 })
}

async function validate(bench: Workbench, { fold, split, evaluation }: Epoch) {
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
