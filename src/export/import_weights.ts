/** Weights that were trained elsewhere, in PyTorch, as a weights file of ours. */
import { readFileSync } from "node:fs"
import { packageVersion } from "../files/package.ts"
import type { NetworkDefinition } from "../models/define_network.ts"
import { headFor } from "../models/head.ts"
import { checkWeights, shapesOf } from "../weights/check_weights.ts"
import { layersOf } from "../weights/layers_of.ts"
import { type Metadata, readSafetensors } from "../weights/safetensors.ts"
import type { Weights } from "../weights/weights.ts"
import { checkInfo, classNames, encodeWeights, trainedOnIn, type WeightsInfo } from "../weights/weights_file.ts"

/** What is said of the network; the rest is taken from the file's own metadata, or is a default. */
export interface ImportOptions {
  /** What the weights belong to. */
  network: NetworkDefinition
  size?: number
  classes?: string[]
  mean?: number
  sd?: number
  threshold?: number
  temperature?: number
}

/** What was taken for each, and where it came from. */
export interface Imported {
  bytes: Uint8Array
  info: WeightsInfo
  taken: { key: string; value: string; from: "given" | "file" | "default" }[]
}

/**
 * @throws where the file is no safetensors file, or its tensors are not those of the model, with
 * both lists
 */
export function importWeights(file: string, options: ImportOptions): Imported {
  const { tensors, metadata } = readSafetensors(readFileSync(file), file)
  const taken: Imported["taken"] = []
  const take = <Value>(key: keyof ImportOptions, own: (text: string) => Value, otherwise: Value): Value => {
    const given = options[key] as Value | undefined
    const kept = given === undefined && Object.hasOwn(metadata, key) ? own(metadata[key]) : undefined
    const value = given ?? kept ?? otherwise
    const from = given !== undefined ? "given" : kept !== undefined ? "file" : "default"
    taken.push({ key, value: Array.isArray(value) ? value.join(", ") : String(value), from })
    return value
  }
  const number = (key: keyof ImportOptions, otherwise: number) => take(key, numberOf(file, key), otherwise)
  const { network } = options
  const size = number("size", network.size)
  try {
    network.build(size, 1)
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}; --size says it otherwise`, { cause: error })
  }
  const classes = take("classes", (text) => classNames(text, file), defaultClasses(network, size, tensors))
  const normalisation = { mean: number("mean", 0), sd: number("sd", 1) }
  const rest = { threshold: number("threshold", 0.5), temperature: number("temperature", 1) }
  const { outputs } = headFor(classes.length)
  const version = packageVersion()
  const built = network.buildChecked(size, outputs)
  const about = { model: network.name, size, outputs, classes, normalisation, ...rest, ...place(metadata), version }
  const info = { ...about, ...layersOf(network, built) }
  checkInfo(info, file)
  checkWeights(built, tensors, file, `network "${network.name}" for images of ${size} pixels (--size)`)
  return { bytes: encodeWeights(tensors, info, trainedOnIn(metadata, file)), info, taken }
}

/** Which fold it was, where the file tells it. */
function place(metadata: Metadata): { repeat: number; fold: number } {
  const whole = (key: string) => (/^\d{1,6}$/.test(metadata[key] ?? "") ? Number(metadata[key]) : 0)
  return { repeat: whole("repeat"), fold: whole("fold") }
}

const numberOf =
  (file: string, key: string) =>
  (text: string): number => {
    const value = Number(text)
    if (text !== "" && Number.isFinite(value)) return value
    throw new Error(`${file}: "${key}" in its metadata is "${text}", expected a number; or give --${key}`)
  }

/**
 * As many as the file's last tensor, the head's bias, has numbers; one number is the detection of
 * fractures.
 */
function defaultClasses(network: NetworkDefinition, size: number, tensors: Weights): string[] {
  const last = [...shapesOf(network.build(size, 1)).keys()].pop()!
  const outputs = tensors.get(last)?.data.length ?? 1
  return outputs > 2 ? Array.from({ length: outputs }, (_, i) => `class_${i}`) : ["not_fractured", "fractured"]
}
