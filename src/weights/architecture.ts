/**
 * A network's layers in PyTorch's words, and the network again from them. A weights file holds
 * them, so that whoever has torch.nn, or this program, builds the network without its source.
 */
import { BUILT_IN, isBuiltIn } from "../layers/built_in.ts"
import {
  type AnyDescriptor,
  describedBy,
  descriptorOf,
  type TorchLayer,
  type TorchOption,
} from "../layers/descriptor.ts"
import { joinPath, type Module } from "../layers/module.ts"
import { Sequential } from "../layers/sequential.ts"

export type { TorchLayer }

/** In an error about a layer that lacks it. */
const PURPOSE = "be described to PyTorch"

/** Deeper than any network nests, and not so deep that reading runs out of stack. */
const MAX_DEPTH = 100

/** @throws for a layer whose descriptor has no PyTorch name */
export const architectureOf = (network: Sequential): TorchLayer[] => chainOf(network, "")

function chainOf(chain: Sequential, path: string): TorchLayer[] {
  // Refused by the path of the chain itself.
  if (!chain.isChain) describedBy([path, chain], "torch", PURPOSE)
  return childrenOf(chain, path)
}

const childrenOf = (module: Module, path: string): TorchLayer[] =>
  Object.entries(module.children()).map(([name, layer]) => ({ name, ...moduleOf(layer, joinPath(path, name)) }))

function moduleOf(layer: Module, path: string): Omit<TorchLayer, "name"> {
  if (layer instanceof Sequential && layer.isChain) return { type: "Sequential", layers: chainOf(layer, path) }
  const { type, options, defaults = {}, hasChildren, layers } = describedBy([path, layer], "torch", PURPOSE)
  const written = Object.entries(optionsOf(layer, options ?? {})).filter(([key, value]) => defaults[key] !== value)
  const inside = hasChildren ? childrenOf(layer, path) : layers
  return { type, ...(options && { options: Object.fromEntries(written) }), ...(inside && { layers: inside }) }
}

type Fields = Record<string, TorchOption>

const optionsOf = (layer: Module, options: Record<string, string>): Fields =>
  Object.fromEntries(Object.entries(options).map(([key, field]) => [key, (layer as unknown as Fields)[field]]))

/**
 * The network that `architectureOf` described, its layers under the same names. Initial weights are
 * not part of an architecture: those of the rebuilt network are drawn by the layers' defaults.
 *
 * @param architecture as parsed from JSON
 * @throws naming the layer if it is none of this program's, or an option is not one that it takes
 */
export const networkFrom = (architecture: unknown): Sequential => chainFrom(architecture, "", 0)

function chainFrom(layers: unknown, path: string, depth: number): Sequential {
  const where = path ? `layer "${path}"` : "the network"
  if (!Array.isArray(layers)) throw new Error(`${where}: its layers are ${shown(layers)}, expected a list`)
  if (depth > MAX_DEPTH) throw new Error(`${where}: nested more than ${MAX_DEPTH} deep`)
  const entries = layers.map((layer: unknown): [string, Module] => {
    const { name, ...module } = fieldsOf(layer, where)
    if (typeof name !== "string" || !/^[^.]+$/.test(name))
      throw new Error(`${where}: a layer in it is named ${shown(name)}, expected a text without dots`)
    return [name, layerFrom(module, joinPath(path, name), depth)]
  })
  const chain = new Sequential(Object.fromEntries(entries))
  // Of two layers with one name the last would be left, and whole numbers come in their own order.
  const [given, kept] = [entries.map(([name]) => name), chain.layers().map(([name]) => name)]
  if (given.join() === kept.join()) return chain
  throw new Error(`${where}: its layers are named ${given.join(", ")}, expected each name once, numbers in order`)
}

function layerFrom({ type, options = {}, layers }: Record<string, unknown>, path: string, depth: number): Module {
  const torch = torchOf(type, layers)
  const where = `layer "${path}" (${type})`
  if (torch) {
    const children = torch.hasChildren ? chainFrom(layers, path, depth + 1).children() : {}
    return made(torch, fieldsOf(options, `${where}: options`), children, where)
  }
  if (type === "Sequential") return chainFrom(layers, path, depth + 1)
  const known = [...new Set(Object.values(BUILT_IN).map((descriptor) => descriptor.torch.type))].sort()
  throw new Error(`layer "${path}" is a ${shown(type)}, which this program does not have; it has ${known.join(", ")}`)
}

/** The built-in layer that PyTorch calls so, with these layers inside. */
const torchOf = (type: unknown, layers: unknown): AnyDescriptor["torch"] | undefined =>
  Object.values(BUILT_IN)
    .map(({ torch }) => torch)
    .find(
      (torch) => torch.type === type && (torch.hasChildren || JSON.stringify(torch.layers) === JSON.stringify(layers)),
    )

/**
 * A layer with these options, which it must take as they are: it does not do what it does not know.
 */
function made(
  torch: AnyDescriptor["torch"],
  given: Record<string, unknown>,
  children: Record<string, Module>,
  where: string,
): Module {
  const names: Record<string, string> = torch.options ?? {}
  const unknown = Object.keys(given).find((key) => !Object.hasOwn(names, key))
  if (unknown)
    throw new Error(`${where}: unknown option ${unknown}; it takes ${Object.keys(names).join(", ") || "none"}`)
  const fields = Object.fromEntries(Object.entries(given).map(([key, value]) => [names[key], value]))
  const layer = orThrow(() => torch.layer(fields as never, children), where)
  const taken = optionsOf(layer, names)
  const other = Object.keys(given).find((key) => taken[key] !== given[key])
  if (other) throw new Error(`${where}: option ${other} is ${shown(given[other])}, taken as ${shown(taken[other])}`)
  return layer
}

function orThrow(make: () => Module, where: string): Module {
  try {
    return make()
  } catch (error) {
    throw new Error(`${where}: ${(error as Error).message}`, { cause: error })
  }
}

function fieldsOf(value: unknown, where: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new Error(`${where}: ${shown(value)}, expected an object`)
}

const shown = (value: unknown): string => (JSON.stringify(value) ?? "missing").slice(0, 80)

/** What a network cannot do because of one of its layers. */
export interface Lacking {
  /** Its path in the network, "" for the network itself. */
  name: string
  /** Its class. */
  layer: string
  /** "rebuilding": reading a weights file without the file that defines the network. */
  missing: ("PyTorch" | "ONNX" | "rebuilding")[]
}

/** The layers that lack (part of) a descriptor, in order; none in a network of built-in layers. */
export const layersWithout = (network: Sequential): Lacking[] =>
  [...network.everyLayer()]
    .map(([name, layer]) => ({ name, layer: layer.constructor.name, missing: missingOf(layer) }))
    .filter(({ missing }) => missing.length > 0)

function missingOf(layer: Module): Lacking["missing"] {
  const { torch, onnx } = descriptorOf(layer)
  return [
    ...(torch ? [] : ["PyTorch" as const]),
    ...(onnx ? [] : ["ONNX" as const]),
    ...(isBuiltIn(layer) ? [] : ["rebuilding" as const]),
  ]
}
