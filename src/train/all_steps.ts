/** Every step that a run does, each for as many images as it is done with. */

import { batchSizes } from "./batches.ts"
import type { Split, TrainContext } from "./context.ts"
import type { FoldPlace } from "./fold_state.ts"
import { Inference, inferenceBatchBeside } from "./inference.ts"
import { TrainStep } from "./train_step.ts"

type Planned = FoldPlace & { split: Split }

/**
 * The ops of each, one after the other, for `gpu.compile` and `gpu.needs`: what they compute is of
 * no use.
 *
 * @param batch images a training step
 */
export function allSteps(context: TrainContext, plan: readonly Planned[], batch: number): void {
  const { gpu, model, data } = context
  const norm = { mean: 0, sd: 1 }
  const evaluated = inferenceBatchBeside(data.size, batch)
  const training = new TrainStep(context, { seed: 0, norm })
  const inference = new Inference(gpu, model, data, norm, evaluated)
  const sizes = (parts: number[][], most: number) =>
    new Set(parts.flatMap(({ length }) => [...batchSizes(length, most)]))
  const trained = plan.map(({ split }) => split.train)
  for (const n of sizes(trained, batch)) {
    training.runOps([...new Array(n).keys()], 1)
    gpu.endStep()
  }
  const tested = plan.flatMap(({ split }) => [split.validation, split.test])
  for (const n of sizes(tested, evaluated)) {
    gpu.keepResult(inference.runOps([...new Array(n).keys()]))
    gpu.endStep()
  }
}
