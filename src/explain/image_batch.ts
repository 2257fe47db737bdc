import type { TensorGpu } from "../tensor/tensor_gpu.ts"
import { Inference } from "../train/inference.ts"
import { makeReady, OTHER_ADAPTER } from "../train/memory_fit.ts"
import type { Member } from "../weights/member.ts"
import { type Explainer, type ExplainOptions, makeExplainer } from "./explainer.ts"

/** Images before one network, some at a time. */
export class ImageBatch {
  readonly #data: { pixels: Uint8Array; size: number }
  readonly #explainer: Explainer
  readonly #inference: Inference
  /** Images at a time. */
  readonly most: number

  /** @param count images in all */
  constructor(
    readonly gpu: TensorGpu,
    readonly member: Member,
    readonly count: number,
    readonly options: ExplainOptions & { batch: number },
  ) {
    const { size } = member.info
    this.most = Math.min(count, options.batch)
    this.#data = { pixels: new Uint8Array(this.most * size * size), size }
    const { explainer, inference } = this.#with(options.batch)
    this.#explainer = explainer
    this.#inference = inference
  }

  #with(batch: number): { explainer: Explainer; inference: Inference } {
    const { gpu, member, options } = this
    const { model, info } = member
    const explainer = makeExplainer(gpu, member, this.#data, { ...options, batch })
    return { explainer, inference: new Inference(gpu, model, this.#data, info.normalisation, batch) }
  }

  /**
   * @param what images in all, and whether their logits will be asked for
   * @throws where the adapter's memory does not hold so many images at a time
   */
  async makeReady({ count, logits } = { count: this.count, logits: true }): Promise<void> {
    const { gpu, options } = this
    const steps = (batch: number) => {
      const { explainer, inference } = this.#with(batch)
      const rest = count % batch
      for (const n of new Set([Math.min(count, batch), ...(rest > 0 ? [rest] : [])])) {
        if (logits) inference.allSteps(n)
        explainer.allSteps(n)
      }
    }
    const needs = (batch: number) => [gpu.needs(() => steps(batch))]
    await makeReady(gpu, { batch: options.batch, size: this.#data.size, needs, else: OTHER_ADAPTER }, steps)
  }

  fill(images: readonly Uint8Array[]): void {
    const { pixels, size } = this.#data
    for (const [i, image] of images.entries()) pixels.set(image, i * size * size)
  }

  logits(n: number): Promise<number[][]> {
    return this.#inference.logits([...new Array(n).keys()])
  }

  maps(labels: readonly number[]): Promise<Float32Array[]> {
    return this.#explainer.maps([...labels.keys()], labels)
  }
}
