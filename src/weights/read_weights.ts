/** A weights file, read. Node only. */
import { existsSync, readFileSync } from "node:fs"
import { decodeWeights, type SavedNetwork } from "./weights_file.ts"

/**
 * @throws when there is no such file, or it is no safetensors file, or not one that `cnn train`
 * wrote
 */
export function readWeights(file: string): SavedNetwork {
  if (!existsSync(file))
    throw new Error(`${file}: no such file; expected a network's weights, as cnn train writes them`)
  return decodeWeights(readFileSync(file), file)
}
