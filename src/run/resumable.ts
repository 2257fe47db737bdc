import type { Dataset } from "../data/dataset.ts"
import { makeFolder } from "../files/folders.ts"
import { sha256 } from "../files/sha256.ts"
import type { NetworkDefinition } from "../models/define_network.ts"
import { headFor } from "../models/head.ts"
import { networkNamed } from "../models/networks.ts"
import type { TrainConfig } from "../train/config.ts"
import { type CrossValidation, planFolds } from "../train/cross_validation.ts"
import type { Emit } from "../train/events.ts"
import type { FinishedFold } from "../train/fold.ts"
import { foldName } from "../train/fold_name.ts"
import { columnFolds } from "../train/own_folds.ts"
import { shapesOf } from "../weights/check_weights.ts"
import { layersOf } from "../weights/layers_of.ts"
import { OtherRun } from "./checkpoint_file.ts"
import { Checkpoints, type Found } from "./checkpoints.ts"
import { dataHash } from "./data_source.ts"
import { saveNetwork } from "./saved_network.ts"

export interface ResumableOptions extends Pick<CrossValidation, "network" | "emit"> {
  /** Updates between two checkpoints within an epoch; 0 for the ends of epochs alone. */
  every?: number
}

/** Options of `crossValidate`, and what earlier processes left. */
export interface Resumable extends CrossValidation {
  network: NetworkDefinition
  emit: Emit
  checkpointer: Checkpoints
  /** The folds that are finished, which `crossValidate` neither trains nor returns again. */
  finished: FinishedFold[]
  /** Files that cannot be used any more and why; what they held is trained again. */
  damaged: string[]
}

/**
 * Keeps a cross-validation's checkpoints in a folder, so that the same program continues there
 * after it was stopped, to the same bits:
 *
 *     const run = resumable("my_run", data, config, { network })
 *     const results = [...run.finished, ...(await crossValidate(gpu, data, config, run))]
 *
 * Each finished fold leaves its weights file in the folder, fold-0.safetensors; see `loadNetwork`.
 * Only one process at a time may use the folder.
 *
 * @param folder made if there is none
 * @throws if the folder's checkpoints are of other images, another config or another network
 */
export function resumable(
  folder: string,
  data: Dataset,
  config: TrainConfig,
  { network = networkNamed(config.model), emit = () => {}, every = 0 }: ResumableOptions = {},
): Resumable {
  makeFolder(folder)
  const checkpointer = new Checkpoints(folder, identity(data, config, network), every)
  const { finished, state, damaged } = findIn(checkpointer, data, config)
  return {
    network,
    checkpointer,
    finished,
    from: state,
    damaged: damaged.map(({ text }) => text),
    emit(event) {
      if (event.type === "fold-end") {
        saveNetwork(`${folder}/${foldName(event.result)}.safetensors`, event.result, { data, network })
        checkpointer.keepFold(event.result)
      }
      emit(event)
    },
  }
}

/** What decides how a cross-validation continues. */
function identity(data: Dataset, config: TrainConfig, network: NetworkDefinition): string {
  const layers = network.build(data.size, headFor(data.classes.length).outputs)
  const { architecture, builtBy } = layersOf(network, layers)
  const shapes = [...shapesOf(layers)]
  const own = {
    ...(config.split && { parts: data.parts }),
    ...(config.foldsBy !== undefined && { foldOf: columnFolds(data, config.foldsBy).foldOf }),
  }
  return sha256(JSON.stringify({ config, hash: dataHash(data), architecture, builtBy, shapes, ...own }))
}

function findIn(checkpoints: Checkpoints, data: Dataset, config: TrainConfig): Found {
  try {
    return checkpoints.find(planFolds(data, config))
  } catch (error) {
    if (!(error instanceof OtherRun)) throw error
    throw new Error(
      `${checkpoints.run}: its checkpoints are of other images, another config or another network. ` +
        "Continue with those, or name another folder",
      { cause: error },
    )
  }
}
