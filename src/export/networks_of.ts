/** A run's networks for export: layers, weights and what belongs to them. Needs no device. */
import path from "node:path"
import type { Sequential } from "../layers/sequential.ts"
import type { NetworkDefinition } from "../models/define_network.ts"
import { weightsFiles } from "../run/predictor.ts"
import { checkWeights } from "../weights/check_weights.ts"
import { checkAlike, networkFor } from "../weights/member.ts"
import { readWeights } from "../weights/read_weights.ts"
import type { Weights } from "../weights/weights.ts"
import type { WeightsInfo } from "../weights/weights_file.ts"

export interface ExportedNetwork {
  /** Of its file, without the ending: fold-0. */
  name: string
  file: string
  network: Sequential
  weights: Weights
  info: WeightsInfo
  trainedOn: string[] | null
}

/**
 * The networks of a run folder, or that of one weights file.
 *
 * @param fold a number as in fold-0, or a file's name without its ending; all of them where it is
 * left out
 * @param definition the network of `--model`, see `networkFor`
 * @throws where there are none, or not that one, or they are not of one kind, or a file does not
 * hold its network
 */
export function networksOf(source: string, fold?: string, definition?: NetworkDefinition): ExportedNetwork[] {
  const files = weightsFiles(source)
  const all = fold === undefined ? files : files.filter((file) => [`fold-${fold}`, fold].includes(nameOf(file)))
  if (all.length === 0) {
    throw new Error(`${source}: no network "${fold}" in it; there are ${files.map(nameOf).join(", ")}`)
  }
  const networks = all.map((file) => readNetwork(file, definition))
  checkAlike(networks)
  return networks
}

const nameOf = (file: string): string => path.basename(file, ".safetensors")

function readNetwork(file: string, definition?: NetworkDefinition): ExportedNetwork {
  const saved = readWeights(file)
  const network = networkFor(saved.info, file, definition)
  checkWeights(network, saved.weights, file)
  return { name: nameOf(file), file, network, ...saved }
}
