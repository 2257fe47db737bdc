/**
 * What a training will take, before it starts: time from a measured step, memory and disk from its
 * tensors.
 */
import { sizeOf } from "../tensor/tensor.ts"
import type { TrainConfig } from "./config.ts"
import type { TrainContext } from "./context.ts"
import type { PlannedFold } from "./cross_validation.ts"
import { announceFirstStep } from "./epoch.ts"
import type { FoldState } from "./fold_state.ts"
import { TrainStep } from "./train_step.ts"

export interface Estimate {
  /** Training, validating and testing; without what comes before and after. */
  seconds: number
  /** Whether folds may end earlier. */
  atMost: boolean
  /** Bytes of all buffers on the adapter. */
  memory: number
  /** Bytes of the weights files of all folds. */
  weights: number
  /** Bytes of one checkpoint. */
  checkpoint: number
}

/** Seconds of a first step that is measure enough: what it takes beside its ops is little then. */
const SLOW = 1

/** An image that is only looked at costs a third: a backward costs twice the forward. */
const FORWARD = 1 / 3

/**
 * Does a few steps on the first images. To be called where kernels and buffers are there; a fold
 * that begins, or is resumed, sets the network to its own values.
 *
 * @param from the state of the fold that is resumed
 */
export async function estimate(
  context: TrainContext,
  left: readonly PlannedFold[],
  from: FoldState | null,
): Promise<Estimate> {
  const { gpu, config, model, optimizer } = context
  const { keep, patience } = config
  const perImage = (await stepSeconds(context, left[0])) / Math.min(config.batch, left[0].split.train.length)
  const numbers = [...model.stateDict().values()].reduce((sum, { shape }) => sum + sizeOf(shape), 0)
  const [{ pack }] = model.parameters()
  return {
    seconds: perImage * imagesToCome(config, left, from),
    atMost: keep === "best" && patience > 0,
    memory: gpu.arena.bytes,
    weights: 4 * numbers * left.length,
    // Its weights, those that are kept so far, and the optimiser's states.
    checkpoint: 4 * (2 * numbers + optimizer.stateNames.length * pack.length),
  }
}

/** Images of all epochs that are left, those that are only looked at counted for less. */
export function imagesToCome(
  { epochs }: Pick<TrainConfig, "epochs">,
  left: readonly Pick<PlannedFold, "repeat" | "fold" | "split">[],
  from: Pick<FoldState, "repeat" | "fold" | "epoch"> | null,
): number {
  const images = left.map(({ repeat, fold, split: { train, validation, test } }) => {
    const isUnderWay = from?.repeat === repeat && from.fold === fold
    const toCome = isUnderWay ? epochs - (from.epoch - 1) : epochs
    return toCome * (train.length + FORWARD * validation.length) + FORWARD * test.length
  })
  return images.reduce((sum, count) => sum + count, 0)
}

async function stepSeconds(context: TrainContext, { split }: PlannedFold): Promise<number> {
  const { gpu, config } = context
  const step = new TrainStep(context, { seed: 0, norm: { mean: 0.5, sd: 0.29 } })
  const draws = split.train.slice(0, config.batch)
  const timed = async () => {
    const started = performance.now()
    step.run(draws, 1)
    gpu.endStep()
    await announceFirstStep(context, started)
    await gpu.done()
    return (performance.now() - started) / 1000
  }
  const first = await timed()
  if (first > SLOW) return first
  return Math.min(await timed(), await timed())
}
