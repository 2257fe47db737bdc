/** What the folds of a run share, and what belongs to one of them. */
import type { Weights } from "../weights/weights.ts"
import type { TrainConfig } from "./config.ts"
import type { Emit } from "./events.ts"
import { type FoldPlace, type FoldProgress, type FoldState, restoreState } from "./fold_state.ts"
import type { Inference } from "./inference.ts"
import type { StepContext, TrainStep } from "./train_step.ts"

/** Indices into the dataset. */
export interface Split {
  train: number[]
  validation: number[]
  test: number[]
}

/** What all folds of a run share: one network and optimiser, initialised again for each. */
export interface TrainContext extends StepContext {
  config: TrainConfig
  emit: Emit
  signal?: AbortSignal
  checkpointer?: Checkpointer
  /** What the fold's network begins with in place of drawn values, some of its tensors or all. */
  initial?: Weights
  /** What is said once in a process. */
  announced: { firstStep: boolean }
}

/** Is given a fold's state now and then, for the fold to go on from later. */
export interface Checkpointer {
  /** Updates between two states within an epoch; 0 for states at the ends of epochs alone. */
  every: number
  save(state: FoldState): void
}

/** What does not change over a fold. */
export interface Fold extends FoldPlace {
  seed: number
  split: Split
  /** By the clock of performance.now(); earlier where the fold was begun in another process. */
  started: number
  /** The last state that was kept, or that it was begun from in this process; null before. */
  last: FoldState | null
  step: TrainStep
  inference: Inference
}

/** Makes the network and the optimiser as they are before the first update. */
export function begin({ model, initial, optimizer, totals }: TrainContext, seed: number): FoldProgress {
  model.initialise(seed)
  if (initial) model.loadStateDict(initial, { strict: false })
  optimizer.reset()
  totals.reset()
  return { epoch: 1, done: 0, history: [], best: null }
}

/** Makes them as they were in a state. */
export function resume(context: TrainContext, from: FoldState, seed: number): FoldProgress {
  restoreState(context, from, seed)
  const { epoch, done, history, best } = from
  return { epoch, done, history: [...history], best }
}
