/**
 * What speaks for a class in images that are none of a run's: the mean of the maps of all its
 * networks.
 */
import type { Predictor } from "../run/predictor.ts"
import type { ExplainOptions } from "./explainer.ts"
import { ImageBatch } from "./image_batch.ts"

export class MeanMaps {
  readonly #batches: ImageBatch[]

  /** How many images at once there are kernels and buffers for. */
  readonly #ready = new Set<number>()

  /** @param count images at once, of which `options.batch` or fewer are on the adapter */
  constructor(
    readonly predictor: Pick<Predictor, "gpu" | "members" | "size">,
    readonly count: number,
    options: ExplainOptions & { batch: number },
  ) {
    this.#batches = predictor.members.map((member) => new ImageBatch(predictor.gpu, member, count, options))
  }

  /**
   * A map [size, size] an image.
   *
   * @param images gray values [size, size] each, `count` or fewer
   * @param labels the class to explain, of each image
   * @throws where the adapter's memory does not hold so many images at a time
   */
  async maps(images: readonly Uint8Array[], labels: readonly number[]): Promise<Float32Array[]> {
    const means = images.map(() => new Float32Array(this.predictor.size ** 2))
    for (const batch of this.#batches) {
      if (!this.#ready.has(images.length)) await batch.makeReady({ count: images.length, logits: false })
      batch.fill(images)
      for (const [k, map] of (await batch.maps(labels)).entries())
        for (const [i, value] of map.entries()) means[k][i] += value / this.#batches.length
    }
    this.#ready.add(images.length)
    return means
  }
}
