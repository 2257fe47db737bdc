/** A network's maps, by one of three methods. */
import type { Dataset } from "../data/dataset.ts"
import type { TensorGpu } from "../tensor/tensor_gpu.ts"
import { inferenceBatch } from "../train/inference.ts"
import type { Member } from "../weights/member.ts"
import { CamExplainer } from "./cam_explainer.ts"
import { OcclusionExplainer, type OcclusionOptions } from "./occlusion_explainer.ts"

export const methods = ["layer-cam", "grad-cam", "occlusion"] as const
export type Method = (typeof methods)[number]
export const defaultMethod: Method = "layer-cam"

export interface ExplainOptions extends OcclusionOptions {
  /** The most images at once, whole or with a patch hidden. */
  batch?: number
  method?: Method
  /** Of a class activation map: name of the last layer of the feature map it is taken of; see `camLayers`. */
  layer?: string
}

export interface Explainer {
  /**
   * What speaks for a class, pixel by pixel: an array [size, size] an image, row by row. Of class activation maps none is
   * below 0; occlusion gives the logit's loss, which may be.
   *
   * @param indices of the images
   * @param labels the class to explain, of each image
   */
  maps(indices: readonly number[], labels: readonly number[]): Promise<Float32Array[]>
  /** The ops of all steps for so many images, with `endStep` between them: for `gpu.compile` and `gpu.needs`. */
  allSteps(count: number): void
}

/**
 * @param data the images that `maps` will be asked about; may be filled later
 * @throws where an option does not go with the network or its images
 */
export function makeExplainer(
  gpu: TensorGpu,
  member: Member,
  data: Pick<Dataset, "pixels" | "size">,
  { method = defaultMethod, layer, batch = inferenceBatch(data.size), ...occlusion }: ExplainOptions = {},
): Explainer {
  if (method === "occlusion") return new OcclusionExplainer(gpu, member, data, { batch, ...occlusion })
  return new CamExplainer(gpu, member, data, { method, layer, batch })
}
