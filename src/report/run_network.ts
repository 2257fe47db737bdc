/** The network of a run, as its report shows it. */
import path from "node:path"
import type { Sequential } from "../layers/sequential.ts"
import { foldName } from "../train/fold_name.ts"
import { networkFor } from "../weights/member.ts"
import { readWeights } from "../weights/read_weights.ts"
import type { SavedNetwork } from "../weights/weights_file.ts"
import type { RunFiles } from "./run_files.ts"

interface FoldNetwork extends SavedNetwork {
  /** null if only the network's own file can build it, and that is not given. */
  network: Sequential | null
  /** Whether its first values are drawn as they were in the training. */
  isDefined: boolean
}

/** @throws if the weights cannot be read */
export function foldNetwork(run: RunFiles, place: { repeat: number; fold: number }): FoldNetwork {
  const file = path.join(run.folder, `${foldName(place)}.safetensors`)
  const saved = readWeights(file)
  const defined = run.network && orNull(() => networkFor(saved.info, file, run.network))
  return { ...saved, network: defined ?? orNull(() => networkFor(saved.info, file)), isDefined: Boolean(defined) }
}

function orNull<T>(make: () => T): T | null {
  try {
    return make()
  } catch {
    return null
  }
}
