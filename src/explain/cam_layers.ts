/**
 * Where in a network a class activation map can be taken: behind each convolution and what belongs
 * to it.
 */
import { descriptorOf } from "../layers/descriptor.ts"
import type { Module } from "../layers/module.ts"
import type { Sequential } from "../layers/sequential.ts"
import type { Shape } from "../tensor/tensor.ts"

/** A feature map: that of the network's first `at` layers, as `leaves` has them. */
export interface CamLayer {
  at: number
  /** Of the last of them. */
  name: string
  /** [N,C,H,W] */
  shape: Shape
}

/**
 * Rows and columns that a map needs for its peak to mean a place: a cell of it is a sixteenth of
 * the image at most.
 */
const ENOUGH_CELLS = 16

/** A layer without a descriptor ends a feature map: nothing is known about its places. */
const roleOf = (layer?: Module) => (layer && descriptorOf(layer).featureMap) ?? "ends"

/**
 * The feature maps of a network for images of that shape, in the order of its layers.
 *
 * @throws if it has none
 */
export function camLayers(model: Sequential, inputShape: Shape): CamLayer[] {
  const layers = model.isChain ? [...model.leaves()] : []
  const found: CamLayer[] = []
  let shape = inputShape
  let inMap = false
  for (const [i, [name, layer]] of layers.entries()) {
    shape = layer.outputShape(shape)
    const role = roleOf(layer)
    inMap = role === "begins" || (inMap && role === "continues")
    const isImage = shape.length === 4
    if (inMap && isImage && roleOf(layers[i + 1]?.[1]) !== "continues") found.push({ at: i + 1, name, shape })
  }
  if (found.length > 0) return found
  throw new Error(`this network has no convolution, so there is no class activation map of it; ${cure(model)}`)
}

/** What to do about a network without a feature map. */
function cure(model: Sequential): string {
  const unknown = [...model.everyLayer()].filter(([, layer]) => !descriptorOf(layer).featureMap)
  if (unknown.length === 0) return "use occlusion"
  const names = unknown.map(([name, layer]) => `"${name}" (${layer.constructor.name})`).join(", ")
  return `use occlusion, or if one is in layer ${names}, say so in its static descriptor: featureMap: "begins"`
}

/** For Grad-CAM, whose one weight a channel holds near the end alone. */
export const lastLayer = (layers: readonly CamLayer[]): CamLayer => layers[layers.length - 1]

/** @throws where there is none of that name, with those that there are */
export function named(layers: readonly CamLayer[], name: string): CamLayer {
  const found = layers.find((layer) => layer.name === name)
  if (found) return found
  const known = layers.map((layer) => `${layer.name} (${layer.shape.slice(2).join(" x ")})`).join(", ")
  throw new Error(`layer "${name}" ends no feature map; those that do are ${known}`)
}

/** For LayerCAM: the deepest whose map is still fine enough, else the finest. */
export function fineLayer(layers: readonly CamLayer[]): CamLayer {
  const cells = ({ shape: [, , h, w] }: CamLayer) => Math.min(h, w)
  const fine = layers.filter((layer) => cells(layer) >= ENOUGH_CELLS)
  return fine.at(-1) ?? layers.reduce((best, layer) => (cells(layer) > cells(best) ? layer : best))
}
