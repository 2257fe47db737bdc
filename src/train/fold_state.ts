/**
 * How far a fold is, with everything on the device that decides how it goes on. Random numbers are
 * counters, so that of a generator only its position is kept; images, folds and batches follow from
 * the config.
 */
import { Dropout } from "../layers/dropout.ts"
import type { Module } from "../layers/module.ts"
import type { Optimizer, OptimizerState } from "../optim/optimizer.ts"
import { allFinite, snapshot, type Weights } from "../weights/weights.ts"
import type { EpochTotals } from "./epoch_totals.ts"
import type { EpochRow } from "./events.ts"

/** Which one of a run's folds; repeat r of the whole cross-validation. */
export interface FoldPlace {
  repeat: number
  fold: number
}

/** What the fold's network says of one image. */
export interface ImageOutput {
  index: number
  logits: number[]
  /** One a class. */
  probabilities: number[]
}

/** The epoch whose weights are kept so far. */
export interface Best {
  row: EpochRow
  weights: Weights
  /** What they say of the validation images. */
  validation: ImageOutput[]
}

/** How far a fold is. */
export interface FoldProgress {
  /** The epoch that is under way or comes next, from 1. */
  epoch: number
  /** Batches of it that are done. */
  done: number
  /** Of the finished epochs. */
  history: EpochRow[]
  /** null before the end of the first epoch. */
  best: Best | null
}

/** Enough to go on in another process to the same bits. */
export interface FoldState extends FoldPlace, FoldProgress {
  /** That it took so far. */
  seconds: number
  weights: Weights
  optimizer: OptimizerState
  /** Forwards of each dropout so far, in the order of the layers. */
  dropouts: number[]
  /** Of the epoch under way. */
  sums: [loss: number, right: number]
}

/** What of the state is on the device. */
interface OnDevice {
  model: Module
  optimizer: Optimizer
  totals: EpochTotals
}

export async function readState(
  { model, optimizer, totals }: OnDevice,
  so: FoldPlace & FoldProgress & { seconds: number },
): Promise<FoldState> {
  const dropouts = counters(model).map(({ step }) => step)
  return {
    ...{ repeat: so.repeat, fold: so.fold, epoch: so.epoch, done: so.done, seconds: so.seconds },
    ...{ history: [...so.history], best: so.best, dropouts },
    ...{ weights: await snapshot(model), optimizer: await optimizer.state(), sums: await totals.sums() },
  }
}

/** @throws when the state is another network's or optimiser's */
export function restoreState({ model, optimizer, totals }: OnDevice, state: FoldState, seed: number): void {
  const found = counters(model.initialise(seed))
  if (found.length !== state.dropouts.length)
    throw new Error(`the state holds ${state.dropouts.length} dropout counters, the network has ${found.length}`)
  found.forEach((counter, i) => {
    counter.step = state.dropouts[i]
  })
  model.loadStateDict(state.weights)
  optimizer.load(state.optimizer)
  totals.load(state.sums)
}

/** Whether everything that is on the device is a number. */
export function isFiniteState({ weights, optimizer, sums }: FoldState): boolean {
  const states = Object.values(optimizer.states).flat()
  return allFinite(weights) && [sums, ...states].every((numbers) => numbers.every(Number.isFinite))
}

const counters = (model: Module) =>
  [...model.modules()].flatMap(([, module]) => (module instanceof Dropout ? [module.counter] : []))
