/** A weights file, read. Node only. */
import { readFileSync } from "node:fs"
import { decodeWeights, type Network } from "./weights_file.ts"

/** @throws when the file is no safetensors file, or not one that `cnn train` wrote */
export const readWeights = (file: string): Network => decodeWeights(readFileSync(file), file)
