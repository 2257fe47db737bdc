/** What a comparison was asked for, and of what: enough to repeat it. */
import type { Dataset } from "../data/dataset.ts"
import type { AdapterInfo } from "../gpu/adapter.ts"
import { circumstances, dataFacts, type RunConfig } from "../run/run_config.ts"
import { versions } from "../run/versions.ts"
import type { TrainConfig } from "../train/config.ts"

/** How the network is trained, apart from what the optimisers differ in. */
export type SharedTraining = Omit<TrainConfig, "optimizer" | "lr" | "weightDecay" | "sensitivity">

export interface CompareConfig
  extends Pick<RunConfig, "command" | "started" | "versions" | "exact" | "size" | "source" | "data" | "network"> {
  /** null without a network. */
  adapter: RunConfig["adapter"] | null
  kernels: RunConfig["kernels"] | null
  /** Names that were asked for. */
  methods: string[]
  optimizers: string[]
  train: SharedTraining
}

export function compareConfig(
  asked: Pick<CompareConfig, "command" | "exact" | "source" | "methods" | "optimizers" | "network"> & {
    train: TrainConfig
  },
  data: Dataset,
  started: Date,
  opened: AdapterInfo | undefined,
): CompareConfig {
  const { optimizer: _o, lr: _l, weightDecay: _w, sensitivity: _s, ...train } = asked.train
  const none = { started: started.toISOString(), versions: versions(), adapter: null, kernels: null }
  return {
    ...asked,
    train,
    ...(opened ? circumstances(opened, started) : none),
    size: data.size,
    data: dataFacts(data),
  }
}
