/** What a weights file says of its network's layers. */
import type { Sequential } from "../layers/sequential.ts"
import type { NetworkDefinition } from "../models/define_network.ts"
import { architectureOf, layersWithout } from "./architecture.ts"
import type { WeightsInfo } from "./weights_file.ts"

/** The layers of a network in PyTorch's words, and the file that it cannot be built without. */
export function layersOf(
  { file }: NetworkDefinition,
  network: Sequential,
): Pick<WeightsInfo, "architecture" | "builtBy"> {
  const missing = new Set(layersWithout(network).flatMap((layer) => layer.missing))
  return {
    architecture: missing.has("PyTorch") ? null : architectureOf(network),
    builtBy: file && missing.has("rebuilding") ? file.sha256 : null,
  }
}
