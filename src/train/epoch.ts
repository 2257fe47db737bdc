/** One epoch: its batches, what the network then makes of the validation images, and the state that is kept. */
import { answerOf } from "../eval/metrics.ts"
import type { EpochRow } from "./events.ts"
import { epochBatches } from "./batches.ts"
import { diverged } from "./divergence.ts"
import { isFiniteState, type Progress, readState, type Said } from "./fold_state.ts"
import { makeSchedule } from "./recipe.ts"
import { EpochReport, evaluationReport } from "./report.ts"
import { allFinite, snapshot } from "./weights.ts"
import type { Fold, Workbench } from "./workbench.ts"

/** A loss can be finite where a weight is not any more: max(0, NaN) is 0 on some adapters. */
const NO_NUMBER = "a weight or a state of the optimiser is no number"

/** Trains and validates what is left of an epoch, and moves `progress` behind it. */
export async function runEpoch(bench: Workbench, at: Fold, progress: Progress): Promise<void> {
  const { config, model, tally } = bench
  const { repeat, fold } = at
  const { epoch } = progress
  const trained = await trainEpoch(bench, at, progress)
  const { said, ...validated } = await validate(bench, at)
  const bad = [trained.loss, validated.validationLoss].find((loss) => !Number.isFinite(loss))
  if (bad !== undefined) throw await diverged(bench, at, epoch, `the loss is ${bad}`)
  const isLowest = !progress.best || validated.validationLoss < progress.best.row.validationLoss
  const kept = config.keep === "last" || isLowest
  const row: EpochRow = { repeat, fold, epoch, ...trained, ...validated, best: kept }
  if (kept) {
    const weights = await snapshot(model)
    if (!allFinite(weights)) throw await diverged(bench, at, epoch, NO_NUMBER)
    progress.best = { row, weights, validation: said }
  }
  progress.history.push(row)
  progress.epoch++
  progress.done = 0
  tally.reset()
  bench.emit({ type: "epoch", epochs: config.epochs, ...row })
  await keepState(bench, at, progress)
}

async function keepState(bench: Workbench, at: Fold, progress: Progress): Promise<void> {
  if (!bench.keeper) return
  const seconds = (performance.now() - at.started) / 1000
  const state = await readState(bench, { ...at, ...progress, seconds })
  const epoch = progress.done > 0 ? progress.epoch : progress.epoch - 1
  if (!isFiniteState(state)) throw await diverged(bench, at, epoch, NO_NUMBER)
  bench.keeper.keep(state)
  at.last = state
}

async function trainEpoch(bench: Workbench, at: Fold, progress: Progress) {
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
    await sayIfFirst(bench, started)
    seen += indices.length
    progress.done++
    await gpu.pace()
    const loss = await report.maybe(progress.done, seen)
    if (!Number.isFinite(loss)) throw await diverged(bench, at, epoch, `the loss is ${loss}`)
    const due = keeper && keeper.every > 0 && optimizer.steps % keeper.every === 0 && progress.done < order.length
    if (due) await keepState(bench, at, progress)
  }
  const { loss, accuracy } = await tally.read(seen)
  // Of the last update, also where that was before a pause.
  const lr = schedule(epoch * order.length - 1)
  return { loss, accuracy, lr, imagesPerSecond: report.rate(seen) }
}

/** The first step of this process takes longer than those after it. */
async function sayIfFirst({ gpu, emit, said }: Workbench, started: number): Promise<void> {
  if (said.firstStep) return
  said.firstStep = true
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
