/** What a weights file says of its network's layers. */
import type { Sequential } from "../layers/sequential.ts"
import type { NetworkDefinition } from "../models/define_network.ts"
import { architectureOf, type TorchLayer } from "./architecture.ts"
import { networkFrom } from "./rebuild.ts"
import type { WeightsInfo } from "./weights_file.ts"

/** The layers of a network in PyTorch's words, and the file that is needed to build it, if one is. */
export function layersOf(
  { file }: NetworkDefinition,
  network: Sequential,
): Pick<WeightsInfo, "architecture" | "builtBy"> {
  const architecture = wordsFor(network)
  return { architecture, builtBy: file && !isBuilt(architecture) ? file.sha256 : null }
}

/** null if a layer of it has no words. */
export function wordsFor(network: Sequential): TorchLayer[] | null {
  try {
    return architectureOf(network)
  } catch {
    return null
  }
}

/** Whether the layers in these words can be built without the network's file. */
function isBuilt(architecture: readonly TorchLayer[] | null): boolean {
  try {
    return architecture !== null && networkFrom(architecture) !== undefined
  } catch {
    return false
  }
}
