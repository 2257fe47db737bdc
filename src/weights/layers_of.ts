/** What a weights file says of its network's layers. */
import type { Sequential } from "../layers/sequential.ts"
import type { NetworkDefinition } from "../models/define_network.ts"
import { architectureOf, layersWithout } from "./architecture.ts"
import type { WeightsInfo } from "./weights_file.ts"

/** The layers of a network in PyTorch's words, and what it cannot be built without. */
export function layersOf(
  { file }: NetworkDefinition,
  network: Sequential,
): Pick<WeightsInfo, "architecture" | "builtBy" | "inCode"> {
  const own = ownLayers(network)
  const isDescribed = layersWithout(network).every(({ missing }) => !missing.includes("PyTorch"))
  return {
    architecture: isDescribed ? architectureOf(network) : null,
    builtBy: file && own ? file.sha256 : null,
    inCode: file ? null : own,
  }
}

/** The layers that only the network's own code can build: `layer "1" (Swish)`; null without any. */
export function ownLayers(network: Sequential): string | null {
  const own = layersWithout(network).filter(({ missing }) => missing.includes("rebuilding"))
  return own.map(({ name, layer }) => `${name ? `layer "${name}"` : "the network"} (${layer})`).join(", ") || null
}
