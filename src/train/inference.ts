import type { Dataset } from "../data/dataset.ts"
import { imagesAt, readAhead } from "../data/pixels.ts"
import type { Normalisation } from "../layers/augment.ts"
import type { Module } from "../layers/module.ts"
import type { Tensor } from "../tensor/tensor.ts"
import type { TensorGpu } from "../tensor/tensor_gpu.ts"
import { batches, batchSizes, imageTensor } from "./batches.ts"
import { BySize } from "./by_size.ts"

/**
 * Images at once in evaluation, for images of size x size pixels: enough to keep the adapter busy,
 * and no more pixels than 64 images of 128 x 128 have, since what a layer gives must fit into the
 * adapter's memory.
 */
export const inferenceBatch = (size: number): number =>
  Math.max(1, Math.min(64, Math.floor((64 * 128 ** 2) / size ** 2)))

/**
 * The same beside a training in batches: no more than four of them, so that smaller ones want less
 * memory in all.
 */
export const inferenceBatchBeside = (size: number, batch: number): number => Math.min(inferenceBatch(size), 4 * batch)

/**
 * What a network makes of images, in eval mode and without a tape; recorded for each size of batch.
 */
export class Inference {
  readonly #steps: BySize<Tensor>
  #images: readonly Uint8Array[] = []

  constructor(
    readonly gpu: TensorGpu,
    readonly model: Module,
    readonly data: Pick<Dataset, "pixels" | "size">,
    readonly norm: Normalisation,
    /** The most images at once. */
    readonly batch = inferenceBatch(data.size),
  ) {
    this.#steps = new BySize(gpu, (n) => this.#ops(n))
  }

  /**
   * The logits of these images, an array each.
   *
   * @param onProgress is called before the first and after each batch
   */
  async logits(
    indices: readonly number[],
    onProgress: (done: number, total: number) => void = () => {},
  ): Promise<number[][]> {
    const out: number[][] = []
    onProgress(0, indices.length)
    const parts = batches(indices, this.batch)
    const nextImages = readAhead(this.data, parts)
    for (const part of parts) {
      this.#images = await nextImages()
      const logits = this.#steps.run(part.length)
      const [n, outputs] = logits.shape
      const values = await logits.read()
      this.gpu.endStep()
      for (let i = 0; i < n; i++) out.push([...values.subarray(i * outputs, (i + 1) * outputs)])
      onProgress(out.length, indices.length)
    }
    return out
  }

  /** The first batch of these images as the network sees them, which is then in eval mode. */
  images(indices: readonly number[]): Tensor {
    const [first] = batches(indices, this.batch)
    this.model.eval()
    return imageTensor(this.gpu, this.data.size, first.length, () => imagesAt(this.data, first), this.norm)
  }

  /**
   * The same op by op, of one batch [N, outputs]: what the kernels are that it wants, and what a
   * recording is held to.
   */
  runOps(indices: readonly number[]): Tensor {
    this.#images = imagesAt(this.data, indices)
    return this.#ops(indices.length)
  }

  /**
   * The same for each size of batch that so many images are looked at in: for `gpu.compile` and
   * `gpu.needs`.
   */
  allSteps(count: number): void {
    for (const n of batchSizes(count, this.batch)) {
      this.gpu.keepResult(this.#ops(n))
      this.gpu.endStep()
    }
  }

  #ops(n: number): Tensor {
    const { gpu, model, data, norm } = this
    model.eval()
    return gpu.noGrad(() => model.forward(imageTensor(gpu, data.size, n, () => this.#images, norm)))
  }
}
