/** All contenders, one after the other, over the same folds. */
import { breathing } from "../classic/breath.ts"
import type { Dataset } from "../data/dataset.ts"
import type { NetworkDefinition } from "../models/define_network.ts"
import type { TensorGpu } from "../tensor/tensor_gpu.ts"
import type { TrainConfig } from "../train/config.ts"
import type { Split } from "../train/context.ts"
import { planFolds } from "../train/cross_validation.ts"
import type { Outcome } from "./contender.ts"
import { methods } from "./methods.ts"
import { cnnId, optimizers, runOptimizer } from "./optimizers.ts"
import { FeatureStore, runMethod } from "./traditional.ts"

export interface CompareJob {
  data: Dataset
  /** Width over height of each image. */
  aspects: readonly number[]
  methods: readonly string[]
  optimizers: readonly string[]
  config: TrainConfig
  /** What the optimisers train; without it the built-in network that the config names. */
  network?: NetworkDefinition
  /** Of the optimisers. */
  gpu?: TensorGpu
}

export type CompareEvent =
  | { type: "contender"; id: string; title: string; at: number; of: number }
  /**
   * Part of the contender that is done; seconds left of the whole, which are known while networks
   * train.
   */
  | { type: "progress"; part: number; left: number | null }
  | { type: "contender-end"; outcome: Outcome }

/** @throws if settings cannot be chosen */
export function refuseNoValidation(splits: readonly Split[]): void {
  if (splits.every(({ validation }) => validation.length > 0)) return
  throw new Error(
    "--split given: settings are chosen on validation images, and the split has no val part. Add a val part, or leave out --split given.",
  )
}

/**
 * @param options.emit is told of everything that happens
 * @param options.signal ends the comparison after the current step, with its reason
 */
export async function compare(
  { data, aspects, methods: names, optimizers: trained, config, network, gpu }: CompareJob,
  { emit, signal }: { emit: (event: CompareEvent) => void; signal?: AbortSignal },
): Promise<void> {
  const plan = planFolds(data, config)
  refuseNoValidation(plan.map(({ split }) => split))
  const breath = breathing(signal)
  const store = new FeatureStore(data, aspects)
  const of = names.length + trained.length
  for (const [at, id] of names.entries()) {
    emit({ type: "contender", id, title: methods[id].title, at, of })
    const outcome = await runMethod(id, store, plan, breath, (part) => emit({ type: "progress", part, left: null }))
    emit({ type: "contender-end", outcome })
  }
  const started = performance.now()
  for (const [k, name] of trained.entries()) {
    emit({ type: "contender", id: cnnId(name), title: optimizers[name].title, at: names.length + k, of })
    const outcome = await runOptimizer(name, { gpu: gpu!, data, config, network, plan, signal }, (part) => {
      const seconds = (performance.now() - started) / 1000
      emit({ type: "progress", part, left: (seconds / (k + part)) * (trained.length - k - part) })
    })
    emit({ type: "contender-end", outcome })
  }
}
