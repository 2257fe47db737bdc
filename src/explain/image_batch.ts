/** Some images before one network: as many as it was made for, or fewer. */
import type { TensorGpu } from "../tensor/tensor_gpu.ts"
import { Evaluation } from "../train/evaluate.ts"
import type { Member } from "../train/predictor.ts"
import { type ExplainOptions, type Explainer, makeExplainer } from "./explainer.ts"

export class ImageBatch {
  readonly #data: { pixels: Uint8Array; size: number }
  readonly #explainer: Explainer
  readonly #evaluation: Evaluation

  constructor(
    gpu: TensorGpu,
    member: Member,
    readonly most: number,
    options: ExplainOptions = {},
  ) {
    const { size, normalisation } = member.info
    this.#data = { pixels: new Uint8Array(most * size * size), size }
    this.#explainer = makeExplainer(gpu, member, this.#data, options)
    this.#evaluation = new Evaluation(gpu, member.model, this.#data, normalisation)
  }

  fill(images: readonly Uint8Array[]): void {
    const { pixels, size } = this.#data
    for (const [i, image] of images.entries()) pixels.set(image, i * size * size)
  }

  logits(n: number): Promise<number[][]> {
    return this.#evaluation.logits([...new Array(n).keys()])
  }

  maps(labels: readonly number[]): Promise<Float32Array[]> {
    return this.#explainer.maps([...labels.keys()], labels)
  }
}
