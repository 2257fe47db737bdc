/** What a weights file says of its network's layers. */
import type { Sequential } from "../layers/sequential.ts"
import type { NetworkDefinition } from "../models/define_network.ts"
import { architectureOf, layersWithout } from "./architecture.ts"
import type { WeightsInfo } from "./weights_file.ts"

/** Stands for the hash of a network's file if a program defined the network. */
export const IN_PROGRAM = "program"

/** The layers of a network in PyTorch's words, and the file that it cannot be built without. */
export function layersOf(
  { file }: NetworkDefinition,
  network: Sequential,
): Pick<WeightsInfo, "architecture" | "builtBy"> {
  const missing = new Set(layersWithout(network).flatMap((layer) => layer.missing))
  return {
    architecture: missing.has("PyTorch") ? null : architectureOf(network),
    builtBy: missing.has("rebuilding") ? (file?.sha256 ?? IN_PROGRAM) : null,
  }
}
