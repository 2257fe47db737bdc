/** What a training step holds on the adapter, by what it is for: counted, nothing runs. */
import { totalBytes } from "../gpu/memory.ts"
import type { Sequential } from "../layers/sequential.ts"
import { headFor } from "../models/head.ts"
import type { TensorGpu } from "../tensor/tensor_gpu.ts"
import type { TrainConfig } from "./config.ts"
import { EpochTotals } from "./epoch_totals.ts"
import { makeOptimizer } from "./recipe.ts"
import { TrainStep } from "./train_step.ts"

/** In bytes. */
export interface StepMemory {
  parameters: number
  gradients: number
  /** What the optimiser keeps of each parameter. */
  optimizer: number
  /** Running statistics of norms. */
  statistics: number
  /** Everything that the ops of a step make: activations, their gradients, the images. */
  activations: number
}

/**
 * @param network is brought to the device, where it stays
 * @param step `size`: width and height of the images, in pixels
 * @throws if the adapter allows no buffer so large
 */
export function stepMemory(
  gpu: TensorGpu,
  network: Sequential,
  { size, classes, config }: { size: number; classes: number; config: TrainConfig },
): StepMemory {
  const model = network.to(gpu)
  const optimizer = makeOptimizer(config, model.parameters())
  const [{ pack }] = model.parameters()
  const trained = new Set<unknown>(model.parameters())
  const statistics = [...model.stateDict().values()].filter((tensor) => !trained.has(tensor))
  return {
    parameters: pack.values.size,
    gradients: pack.grads.size,
    optimizer: optimizer.stateNames.length * pack.values.size,
    statistics: statistics.reduce((sum, { slice }) => sum + slice.size, 0),
    activations: totalBytes(gpu.needs(() => oneStep())),
  }

  function oneStep(): void {
    const none = { name: "", files: [], groups: [], grouping: "", skipped: [], classes: [] }
    const data = { ...none, size, pixels: new Uint8Array(), labels: new Uint8Array() }
    const context = { gpu, data, config, head: headFor(classes), model, optimizer, totals: new EpochTotals(gpu) }
    const step = new TrainStep(context, { seed: 0, norm: { mean: 0, sd: 1 } })
    step.runOps([...new Array(config.batch).keys()], 1)
  }
}
