/** A fold's network as a weights file, and the network again. Node only. */
import { existsSync } from "node:fs"
import type { Dataset } from "../data/dataset.ts"
import { packageVersion } from "../files/package.ts"
import { writeWhole } from "../files/write_whole.ts"
import type { NetworkDefinition } from "../models/define_network.ts"
import { headFor } from "../models/head.ts"
import { networkNamed } from "../models/networks.ts"
import type { TensorGpu } from "../tensor/tensor_gpu.ts"
import { defaultConfig } from "../train/defaults.ts"
import type { FoldResult } from "../train/fold.ts"
import { layersOf } from "../weights/layers_of.ts"
import { type Member, makeMember } from "../weights/member.ts"
import { readWeights } from "../weights/read_weights.ts"
import { encodeWeights } from "../weights/weights_file.ts"
import { checkGpuAndFile } from "./check_gpu.ts"
import { type Named, trainedOn } from "./image_ids.ts"

export interface Trained {
  /** What it was trained on; with its files, the weights file keeps short hashes of them. */
  data: Pick<Dataset, "classes" | "size"> & Partial<Named>
  /** Such hashes of the images that its first weights were trained on. */
  seen?: readonly string[]
  /** What was trained; the default network unless given. */
  network?: NetworkDefinition
  /** Overwrite the file if there is one. */
  force?: boolean
}

/**
 * Writes the network of a fold as a weights file (safetensors), such as `cnn train` leaves one per
 * fold: `cnn predict`, `cnn explain` and `cnn export` take it, and so does `loadNetwork`. The file
 * is whole or not there at all.
 *
 * @param file its name, ending in .safetensors; its folder must exist
 * @param result one of those that `crossValidate` returns
 * @throws if the file exists and `force` is not set, or it cannot be written
 */
export function saveNetwork(
  file: string,
  result: FoldResult,
  { data, seen = [], network = networkNamed(defaultConfig.model), force = false }: Trained,
): void {
  if (!force && existsSync(file)) throw new Error(`${file}: the file exists; pass force: true to overwrite it`)
  const { repeat, fold, weights, normalisation } = result
  const { classes, size } = data
  const { outputs } = headFor(classes.length)
  const layers = layersOf(network, network.build(size, outputs))
  const facts = { model: network.name, size, outputs, classes, normalisation, version: packageVersion() }
  const chosen = { threshold: result.threshold?.probability ?? 0.5, temperature: result.temperature.value }
  const info = { ...facts, ...chosen, repeat, fold, ...layers }
  writeWhole(file, encodeWeights(weights, info, trainedOn(data, result.split, seen)))
}

/**
 * Reads a weights file of `saveNetwork` or `cnn train`, and rebuilds its network on a device.
 *
 * @param network its definition; needed only for custom layers
 * @returns `model`, the network with its weights, and `info`: classes, size of its images in
 * pixels, normalisation, threshold, temperature
 * @throws if there is no such file, it is damaged, or it is of another network
 */
export function loadNetwork(gpu: TensorGpu, file: string, network?: NetworkDefinition): Member {
  checkGpuAndFile("loadNetwork", gpu, file)
  return makeMember(gpu, file, readWeights(file), network)
}
