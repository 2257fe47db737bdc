/** One fold from first weights to test predictions. The test images are looked at once, with the best weights. */
import type { Normalisation } from "../data/augment.ts"
import { KernelTimes } from "../gpu/kernel_times.ts"
import { Purpose, pcg4d } from "../tensor/random.ts"
import { batches, normalisation, shuffled } from "./batches.ts"
import type { TrainConfig } from "./config.ts"
import { Evaluation } from "./evaluate.ts"
import type { Emit, EpochRow } from "./events.ts"
import { answerOf } from "./metrics.ts"
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

/** What the fold's network says of one test image. */
export interface Prediction {
  index: number
  fold: number
  logits: number[]
  probabilities: number[]
}

export interface FoldResult {
  fold: number
  split: Split
  history: EpochRow[]
  bestEpoch: number
  weights: Weights
  normalisation: Normalisation
  predictions: Prediction[]
  seconds: number
}

/** What all folds of a run share: one network and optimiser, made anew for each. */
export interface Workbench extends StepBench {
  config: TrainConfig
  emit: Emit
  signal?: AbortSignal
}

/**
 * Trains and tests one fold.
 *
 * @throws the signal's reason when it is aborted
 */
export async function trainFold(bench: Workbench, fold: number, split: Split): Promise<FoldResult> {
  const { gpu, data, config, head, model, optimizer } = bench
  const started = performance.now()
  const norm = normalisation(data, split.train)
  const seed = pcg4d(config.seed, Purpose.init, fold, 0)[0]
  model.initialise(seed)
  optimizer.reset()
  const step = new TrainStep(bench, { seed, norm })
  const evaluation = new Evaluation(gpu, model, data, norm)
  const times = new KernelTimes()
  const history: EpochRow[] = []
  let best: { row: EpochRow; weights: Weights } | undefined
  for (let epoch = 1; epoch <= config.epochs; epoch++) {
    const at: Epoch = { fold, epoch, seed, split, step, evaluation }
    const trained = await trainEpoch(bench, at)
    const validated = await validate(bench, at)
    times.add(await gpu.takeTrace())
    checkFinite(config, fold, epoch, trained.loss, validated.validationLoss)
    const better = !best || validated.validationLoss < best.row.validationLoss
    const row: EpochRow = { fold, epoch, ...trained, ...validated, best: better }
    history.push(row)
    if (better) best = { row, weights: await snapshot(model) }
    bench.emit({ type: "epoch", epochs: config.epochs, ...row })
    if (config.patience > 0 && epoch - best!.row.epoch >= config.patience) break
  }
  const { row, weights } = best!
  model.loadStateDict(weights)
  const logits = await evaluation.logits(split.test, evaluationReport(bench, fold, "test"))
  times.add(await gpu.takeTrace())
  if (gpu.tracing) bench.emit({ type: "trace", fold, kernels: times.rows() })
  const predictions = split.test.map((index, i) => ({
    index,
    fold,
    logits: logits[i],
    probabilities: head.probabilities(logits[i]),
  }))
  const seconds = (performance.now() - started) / 1000
  return { fold, split, history, bestEpoch: row.epoch, weights, normalisation: norm, predictions, seconds }
}

/** Weights that are no numbers never become numbers again. */
function checkFinite({ lr, clip }: TrainConfig, fold: number, epoch: number, ...losses: number[]): void {
  const loss = losses.find((value) => !Number.isFinite(value))
  if (loss === undefined) return
  throw new Error(
    `fold-${fold}: the loss is ${loss} in epoch ${epoch}: the training has diverged. ` +
      `Use a learning rate under ${lr} (--lr)${clip > 0 ? "" : ", or clip gradients (--clip 1)"}.`,
  )
}

interface Epoch {
  fold: number
  epoch: number
  seed: number
  split: Split
  step: TrainStep
  evaluation: Evaluation
}

async function trainEpoch(bench: Workbench, at: Epoch) {
  const { gpu, config, optimizer, tally, signal } = bench
  const order = batches(shuffled(at.split.train, at.seed, at.epoch), config.batch)
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
    if (at.fold === 0 && at.epoch === 1 && done === 0) await sayFirstStep(bench, started)
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
  indices.forEach((index, i) => {
    const label = bench.data.labels[index]
    loss += bench.head.lossOf(logits[i], label)
    if (answerOf(bench.head.probabilities(logits[i])) === label) right++
  })
  return { validationLoss: loss / indices.length, validationAccuracy: right / indices.length }
}
