/**
 * One epoch: its batches, what the network then makes of the validation images, and the state that
 * is kept.
 */
import { readAhead } from "../data/pixels.ts"
import { answerOf } from "../eval/metrics.ts"
import { allFinite, snapshot } from "../weights/weights.ts"
import { epochBatches, imageOf } from "./batches.ts"
import type { Fold, TrainContext } from "./context.ts"
import { diverged } from "./divergence.ts"
import type { EpochRow } from "./events.ts"
import { type FoldProgress, type ImageOutput, isFiniteState, readState } from "./fold_state.ts"
import { EpochProgress, inferenceProgress } from "./progress.ts"
import { makeSchedule } from "./recipe.ts"

/** A loss can be finite although a weight is not any more: the last update may have made it NaN. */
const NO_NUMBER = "a weight or a state of the optimiser is no number"

/** Trains and validates what is left of an epoch, and moves `progress` behind it. */
export async function runEpoch(context: TrainContext, at: Fold, progress: FoldProgress): Promise<void> {
  const { config, model, totals } = context
  const { repeat, fold } = at
  const { epoch } = progress
  const trained = await trainEpoch(context, at, progress)
  const { outputs, ...validated } = await validate(context, at)
  const bad = [trained.loss, validated.validationLoss ?? 0].find((loss) => !Number.isFinite(loss))
  if (bad !== undefined) throw await diverged(context, at, epoch, `the loss is ${bad}`)
  const lossOf = ({ validationLoss }: Pick<EpochRow, "validationLoss">) => validationLoss ?? Infinity
  const isLowest = !progress.best || lossOf(validated) < lossOf(progress.best.row)
  const kept = config.keep === "last" || isLowest
  const row: EpochRow = { repeat, fold, epoch, ...trained, ...validated, best: kept }
  if (kept) {
    const weights = await snapshot(model)
    if (!allFinite(weights)) throw await diverged(context, at, epoch, NO_NUMBER)
    progress.best = { row, weights, validation: outputs }
  }
  progress.history.push(row)
  progress.epoch++
  progress.done = 0
  totals.reset()
  context.emit({ type: "epoch", epochs: config.epochs, ...row })
  await saveCheckpoint(context, at, progress)
}

async function saveCheckpoint(context: TrainContext, at: Fold, progress: FoldProgress): Promise<void> {
  if (!context.checkpointer) return
  const seconds = (performance.now() - at.started) / 1000
  const state = await readState(context, { ...at, ...progress, seconds })
  const epoch = progress.done > 0 ? progress.epoch : progress.epoch - 1
  if (!isFiniteState(state)) throw await diverged(context, at, epoch, NO_NUMBER)
  context.checkpointer.save(state)
  at.last = state
}

async function trainEpoch(context: TrainContext, at: Fold, progress: FoldProgress) {
  const { gpu, data, config, optimizer, totals, signal, checkpointer } = context
  const { epoch } = progress
  const order = epochBatches(data, config, at.split.train, at.seed, epoch)
  const schedule = makeSchedule(config, order.length)
  const left = order.slice(progress.done)
  let seen = order.slice(0, progress.done).reduce((images, { length }) => images + length, 0)
  const clock = new EpochProgress(context, { fold: at.fold, epoch }, order.length, seen)
  const nextImages = readAhead(
    data,
    left.map((draws) => draws.map((draw) => imageOf(draw, data))),
  )
  for (const draws of left) {
    signal?.throwIfAborted()
    optimizer.lr = schedule((epoch - 1) * order.length + progress.done)
    const started = performance.now()
    at.step.run(draws, epoch, await nextImages())
    gpu.endStep()
    await announceFirstStep(context, started)
    seen += draws.length
    progress.done++
    await gpu.pace()
    const loss = await clock.maybe(progress.done, seen)
    if (!Number.isFinite(loss)) throw await diverged(context, at, epoch, `the loss is ${loss}`)
    const due =
      checkpointer &&
      checkpointer.every > 0 &&
      optimizer.steps % checkpointer.every === 0 &&
      progress.done < order.length
    if (due) await saveCheckpoint(context, at, progress)
  }
  const { loss, accuracy } = await totals.read(seen)
  // Of the last update, also where that was before a pause.
  const lr = schedule(epoch * order.length - 1)
  return { loss, accuracy, lr, imagesPerSecond: clock.rate(seen) }
}

/** The first step of this process takes longer than those after it. */
export async function announceFirstStep({ gpu, emit, announced }: TrainContext, started: number): Promise<void> {
  if (announced.firstStep) return
  announced.firstStep = true
  await gpu.done()
  emit({ type: "first-step", seconds: (performance.now() - started) / 1000 })
}

async function validate(context: TrainContext, { fold, split, inference }: Fold) {
  const indices = split.validation
  if (indices.length === 0) return { outputs: [], validationLoss: null, validationAccuracy: null }
  const logits = await inference.logits(indices, inferenceProgress(context, fold, "validation"))
  let loss = 0
  let right = 0
  const outputs = indices.map((index, i): ImageOutput => {
    const label = context.data.labels[index]
    const probabilities = context.head.probabilities(logits[i])
    loss += context.head.lossOf(logits[i], label)
    if (answerOf(probabilities) === label) right++
    return { index, logits: logits[i], probabilities }
  })
  return { outputs, validationLoss: loss / indices.length, validationAccuracy: right / indices.length }
}
