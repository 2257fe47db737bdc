/** A network's maps, by one of three methods. */
import type { Dataset } from "../data/dataset.ts"
import type { TensorGpu } from "../tensor/tensor_gpu.ts"
import { inferenceBatch } from "../train/inference.ts"
import { CamExplainer, type ExplainedNetwork } from "./cam_explainer.ts"
import { OcclusionExplainer, type OcclusionOptions } from "./occlusion_explainer.ts"

export const methods = ["layer-cam", "grad-cam", "occlusion"] as const
export type Method = (typeof methods)[number]
export const defaultMethod: Method = "layer-cam"

export interface ExplainOptions extends OcclusionOptions {
  /** The most images at once, whole or with a patch hidden. */
  batch?: number
  method?: Method
  /**
   * Of a class activation map: name of the last layer of the feature map it is taken of; see
   * `camLayers`.
   */
  layer?: string
}

export interface Explainer {
  /**
   * What speaks for a class, pixel by pixel: an array [size, size] an image, row by row. Of class
   * activation maps none is below 0; occlusion gives the logit's loss, which may be.
   *
   * @param indices of the images
   * @param labels the class to explain, of each image
   */
  maps(indices: readonly number[], labels: readonly number[]): Promise<Float32Array[]>
  /**
   * The ops of all steps for so many images, with `endStep` between them: for `gpu.compile` and
   * `gpu.needs`.
   */
  allSteps(count: number): void
}

/**
 * @param data the images that `maps` will be asked about; may be filled later
 * @throws where an option does not go with the network or its images
 */
export function makeExplainer(
  gpu: TensorGpu,
  network: ExplainedNetwork,
  data: Pick<Dataset, "pixels" | "size">,
  { method = defaultMethod, layer, batch = inferenceBatch(data.size), ...occlusion }: ExplainOptions = {},
): Explainer {
  if (method === "occlusion") return new OcclusionExplainer(gpu, network, data, { batch, ...occlusion })
  return new CamExplainer(gpu, network, data, { method, layer, batch })
}

/**
 * What in one image speaks for a class, by LayerCAM, Grad-CAM or occlusion.
 *
 * @param network such as `loadNetwork` gives it; or your own model, with the normalisation that it
 * was trained with and its number of logits
 * @param pixels gray values 0..255, [size, size] row by row
 * @param label index of the class; with two classes, which share a logit, 1 is the positive one
 * @returns [size, size], row by row: the higher, the more this place speaks for the class
 * @throws if the image is not square, or the network has no feature map for the method
 */
export async function explain(
  gpu: TensorGpu,
  network: ExplainedNetwork,
  pixels: Uint8Array,
  label = 1,
  options: ExplainOptions = {},
): Promise<Float32Array> {
  const size = Math.sqrt(pixels.length)
  if (!Number.isInteger(size) || size === 0)
    throw new Error(`explain: got ${pixels.length} pixels, expected a square image, size x size gray values`)
  const { outputs } = network.info
  const classes = Math.max(2, outputs)
  if (!Number.isInteger(label) || label < 0 || label >= classes)
    throw new Error(`explain: there is no class ${label}, expected a whole number from 0 to ${classes - 1}`)
  const [map] = await makeExplainer(gpu, network, { pixels, size }, options).maps([0], [label])
  return map
}
