/** Where in a network a class activation map can be taken: behind each convolution and what belongs to it. */
import { BatchNorm2d } from "../layers/batch_norm2d.ts"
import { Conv2d } from "../layers/conv2d/conv2d.ts"
import { LeakyReLU } from "../layers/leaky_relu.ts"
import type { Module } from "../layers/module.ts"
import { ReLU } from "../layers/relu.ts"
import type { Sequential } from "../layers/sequential.ts"
import type { Shape } from "../tensor/tensor.ts"

/** A feature map: that of the network's first `at` layers. */
export interface CamLayer {
  at: number
  /** Of the last of them. */
  name: string
  /** [N,C,H,W] */
  shape: Shape
}

/** Rows and columns that a map needs for its peak to mean a place: a cell of it is a sixteenth of the image at most. */
const ENOUGH_CELLS = 16

const belongsToConvolution = (layer?: Module): boolean =>
  layer instanceof BatchNorm2d || layer instanceof ReLU || layer instanceof LeakyReLU

/**
 * The feature maps of a network for images of that shape, in the order of its layers.
 *
 * @throws where it has no convolution
 */
export function camLayers(model: Sequential, inputShape: Shape): CamLayer[] {
  const layers = model.layers()
  const found: CamLayer[] = []
  let shape = inputShape
  let behindConvolution = false
  for (const [i, [name, layer]] of layers.entries()) {
    shape = layer.outputShape(shape)
    behindConvolution = layer instanceof Conv2d || (behindConvolution && belongsToConvolution(layer))
    if (behindConvolution && !belongsToConvolution(layers[i + 1]?.[1])) found.push({ at: i + 1, name, shape })
  }
  if (found.length > 0) return found
  throw new Error("this network has no convolution, so there is no class activation map of it; use occlusion")
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
