/** What speaks for a class in images that are none of a run's: the mean of the maps of all its networks. */
import type { Predictor } from "../train/predictor.ts"
import type { ExplainOptions } from "./explainer.ts"
import { ImageBatch } from "./image_batch.ts"

export class MeanMaps {
  readonly #batches: ImageBatch[]

  /** @param most images at once */
  constructor(
    readonly predictor: Pick<Predictor, "gpu" | "members" | "size">,
    readonly most: number,
    options: ExplainOptions = {},
  ) {
    this.#batches = predictor.members.map((member) => new ImageBatch(predictor.gpu, member, most, options))
  }

  /**
   * A map [size, size] an image.
   *
   * @param images gray values [size, size] each, `most` or fewer
   * @param labels the class to explain, of each image
   */
  async maps(images: readonly Uint8Array[], labels: readonly number[]): Promise<Float32Array[]> {
    const means = images.map(() => new Float32Array(this.predictor.size ** 2))
    for (const batch of this.#batches) {
      batch.fill(images)
      for (const [k, map] of (await batch.maps(labels)).entries())
        for (const [i, value] of map.entries()) means[k][i] += value / this.#batches.length
    }
    return means
  }
}
