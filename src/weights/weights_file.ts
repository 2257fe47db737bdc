/** A fold's network on disk: its weights, and in the metadata all that is needed to use them. */

import type { Normalisation } from "../layers/augment.ts"
import { MAX_SIZE } from "../models/define_network.ts"
import { headFor } from "../models/head.ts"
import { todaysName } from "../models/networks.ts"
import type { TorchLayer } from "./architecture.ts"
import { type Metadata, readSafetensors, writeSafetensors } from "./safetensors.ts"
import type { Weights } from "./weights.ts"

/** What a network needs beside its weights to look at an image. */
export interface WeightsInfo {
  /** Its name: a built-in network's, or that of the file that defines it. */
  model: string
  /** Its layers in PyTorch's words; null if a layer has none. */
  architecture: readonly TorchLayer[] | null
  /**
   * SHA-256 of the file that defines the network, if only this file can build it, or "program";
   * else null.
   */
  builtBy: string | null
  /**
   * The layers that only the code can build which defines the network, see `ownLayers`, if no file
   * of its own does; else null.
   */
  inCode: string | null
  /** Width and height of its images, in pixels. */
  size: number
  /** Logits: 1 for two classes, else one a class. */
  outputs: number
  classes: string[]
  normalisation: Normalisation
  /**
   * With two classes, the second is answered where its probability is above this, as validation
   * images chose it; else 0.5.
   */
  threshold: number
  /** Logits divided by it give calibrated probabilities; fitted on validation images. */
  temperature: number
  /** Which whole cross-validation, and which of its folds. */
  repeat: number
  fold: number
  /** Of this program. */
  version: string
}

/**
 * The bytes of a weights file.
 *
 * @param trainedOn see `SavedNetwork`
 */
export function encodeWeights(
  weights: Weights,
  info: WeightsInfo,
  trainedOn: readonly string[] | null = null,
): Uint8Array {
  const { classes, normalisation, architecture, builtBy, inCode, ...rest } = info
  const metadata: Metadata = {
    ...Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, String(value)])),
    classes: JSON.stringify(classes),
    mean: String(normalisation.mean),
    sd: String(normalisation.sd),
    ...(architecture && { architecture: JSON.stringify(architecture) }),
    ...(builtBy !== null && { network_sha256: builtBy }),
    ...(inCode !== null && { layers_in_code: inCode }),
    ...(trainedOn && { trained_on: trainedOn.join(" ") }),
  }
  return writeSafetensors(weights, metadata, isCount)
}

/** int64 in PyTorch; the others are float32. */
export const isCount = (name: string): boolean => name.endsWith("num_batches_tracked")

/** A network as a weights file holds it. */
export interface SavedNetwork {
  weights: Weights
  info: WeightsInfo
  /** Ids of the images that decided on its weights, see run/image_ids.ts; null if not known. */
  trainedOn: string[] | null
}

/**
 * @param file its name, for errors
 * @throws when the bytes are no safetensors file, or not one that `cnn train` wrote
 */
export function decodeWeights(bytes: Uint8Array, file: string): SavedNetwork {
  const { tensors, metadata } = readSafetensors(bytes, file)
  const text = (key: string): string => {
    if (Object.hasOwn(metadata, key)) return metadata[key]
    throw new Error(`${file}: its metadata has no "${key}"; expected a weights file that cnn train wrote`)
  }
  const number = (key: string): number => {
    const value = Number(text(key))
    if (text(key) !== "" && Number.isFinite(value)) return value
    throw new Error(`${file}: "${key}" in its metadata is "${text(key)}", expected a number`)
  }
  const info = {
    model: todaysName(text("model")),
    ...layersIn(metadata, text("version"), file),
    size: number("size"),
    outputs: number("outputs"),
    classes: classNames(text("classes"), file),
    normalisation: { mean: number("mean"), sd: number("sd") },
    threshold: number("threshold"),
    // Files from before there were temperatures and repeats say nothing of them.
    temperature: Object.hasOwn(metadata, "temperature") ? number("temperature") : 1,
    repeat: Object.hasOwn(metadata, "repeat") ? number("repeat") : 0,
    fold: number("fold"),
    version: text("version"),
  }
  checkInfo(info, file)
  return { weights: tensors, info, trainedOn: trainedOnIn(metadata, file) }
}

/** @throws if it is no list of ids */
export function trainedOnIn({ trained_on: ids }: Metadata, file: string): string[] | null {
  if (ids === undefined) return null
  const all = ids === "" ? [] : ids.split(" ")
  if (all.every((id) => /^[0-9a-f]{16}$/.test(id))) return all
  throw new Error(`${file}: "trained_on" in its metadata is no list of hashes of 16 hexadecimal digits`)
}

/** @throws if the file says neither which layers its network has nor what builds it */
function layersIn(
  { architecture, network_sha256: builtBy = null, layers_in_code: inCode = null }: Record<string, string | null>,
  version: string,
  file: string,
): Pick<WeightsInfo, "architecture" | "builtBy" | "inCode"> {
  if (architecture) return { architecture: parsedLayers(architecture, file), builtBy, inCode }
  if (builtBy || inCode) return { architecture: null, builtBy, inCode }
  throw new Error(
    `${file}: cnn ${version} wrote it, before weights files held their network's layers. ` +
      `Use cnn ${version} for it, or train again.`,
  )
}

function parsedLayers(json: string, file: string): TorchLayer[] {
  try {
    const layers: unknown = JSON.parse(json)
    if (Array.isArray(layers)) return layers
  } catch {
    // Reported below.
  }
  throw new Error(`${file}: "architecture" in its metadata is no JSON array of layers; expected what cnn train wrote`)
}

/** @throws where no network can be of that */
export function checkInfo(info: WeightsInfo, file: string): void {
  const { size, outputs, classes, normalisation, temperature, threshold } = info
  if (!Number.isInteger(size) || size < 1 || size > MAX_SIZE)
    throw new Error(`${file}: images of ${size} pixels, expected a whole number from 1 to ${MAX_SIZE}`)
  const { outputs: wanted } = headFor(classes.length)
  if (outputs !== wanted)
    throw new Error(`${file}: ${outputs} outputs for ${classes.length} classes, expected ${wanted}`)
  for (const [key, value] of Object.entries({ sd: normalisation.sd, temperature }))
    if (!(value > 0)) throw new Error(`${file}: "${key}" is ${value}, expected a number over 0`)
  if (!(threshold >= 0 && threshold <= 1))
    throw new Error(`${file}: "threshold" is ${threshold}, expected a number from 0 to 1`)
}

/** Of the metadata. @throws unless it is a list of two names or more */
export function classNames(json: string, file: string): string[] {
  let classes: unknown
  try {
    classes = JSON.parse(json)
  } catch {
    // Reported below.
  }
  if (Array.isArray(classes) && classes.length >= 2 && classes.every((name) => typeof name === "string")) return classes
  throw new Error(`${file}: "classes" in its metadata is ${json}, expected a JSON array of two names or more`)
}
