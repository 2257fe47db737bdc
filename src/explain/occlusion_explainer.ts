/** Occlusion maps of a network's images, patches in batches; recorded a size of batch. */
import type { Dataset } from "../data/dataset.ts"
import { imageAt } from "../data/pixels.ts"
import type { Tensor } from "../tensor/tensor.ts"
import type { TensorGpu } from "../tensor/tensor_gpu.ts"
import { batches, batchSizes, imageTensor } from "../train/batches.ts"
import { BySize } from "../train/by_size.ts"
import { Inference, inferenceBatch } from "../train/inference.ts"
import type { ExplainedNetwork } from "./cam_explainer.ts"
import { corners, type Grid, occlude, occlusionMap, patchGrid } from "./occlude.ts"
import { towards } from "./towards.ts"

/**
 * What a hidden patch shows: the mean of its surroundings, itself included, or of the whole image.
 */
export const fills = ["local", "mean"] as const

export interface OcclusionOptions {
  /** The most images at once. */
  batch?: number
  /** Width and height of a patch, in pixels; an eighth of the image's unless given. */
  patch?: number
  /** From one patch to the next, in pixels; half of the patch unless given. */
  stride?: number
  fill?: (typeof fills)[number]
}

export class OcclusionExplainer {
  readonly grid: Grid
  readonly #margin: number
  readonly #batch: number
  readonly #corners: [number, number][]
  readonly #steps: BySize<Tensor>
  #index = 0
  #patches: readonly number[] = []

  /** @throws where patch and stride do not go with the images */
  constructor(
    readonly gpu: TensorGpu,
    readonly member: ExplainedNetwork,
    readonly data: Pick<Dataset, "pixels" | "size">,
    {
      patch = Math.max(1, Math.round(data.size / 8)),
      stride,
      fill = "local",
      batch = inferenceBatch(data.size),
    }: OcclusionOptions = {},
  ) {
    this.#batch = batch
    this.grid = patchGrid(data.size, patch, stride ?? Math.max(1, patch >> 1))
    this.#margin = fill === "local" ? patch >> 1 : data.size
    this.#corners = corners(this.grid)
    this.#steps = new BySize(gpu, (n) => this.#ops(n))
  }

  /** See `Explainer`. */
  async maps(indices: readonly number[], labels: readonly number[]): Promise<Float32Array[]> {
    const { gpu, member } = this
    const whole = await this.#inference().logits(indices)
    const out: Float32Array[] = []
    for (const [i, index] of indices.entries()) {
      const direction = towards(labels[i], member.info.outputs)
      const score = (logits: ArrayLike<number>) => direction.reduce((sum, d, k) => sum + d * logits[k], 0)
      const drops = (await this.#occluded(index)).map((logits) => score(whole[i]) - score(logits))
      const drop = gpu.tensor([drops.length], drops, { requiresGrad: false })
      out.push((await occlusionMap(drop, this.grid).read()).slice())
      gpu.endStep()
    }
    return out
  }

  /** See `Explainer`. */
  allSteps(count: number): void {
    const { gpu, grid } = this
    this.#inference().allSteps(count)
    for (const n of batchSizes(this.#corners.length, this.#batch)) {
      this.gpu.keepResult(this.#ops(n))
      gpu.endStep()
    }
    occlusionMap(gpu.empty([grid.count ** 2]), grid)
    gpu.endStep()
  }

  #inference(): Inference {
    const { gpu, member, data } = this
    return new Inference(gpu, member.model, data, member.info.normalisation, this.#batch)
  }

  /** The logits with each patch hidden. */
  async #occluded(index: number): Promise<Float32Array[]> {
    const { outputs } = this.member.info
    const all: Float32Array[] = []
    this.#index = index
    for (const part of batches([...this.#corners.keys()], this.#batch)) {
      this.#patches = part
      const logits = await this.#steps.run(part.length).read()
      this.gpu.endStep()
      for (let p = 0; p < part.length; p++) all.push(logits.slice(p * outputs, (p + 1) * outputs))
    }
    return all
  }

  /** [n, outputs] */
  #ops(n: number): Tensor {
    const { gpu, data, grid } = this
    const { model, info } = this.member
    model.eval()
    return gpu.noGrad(() => {
      const x = imageTensor(gpu, data.size, 1, () => [imageAt(data, this.#index)], info.normalisation)
      const where = () => this.#patches.flatMap((p) => this.#corners[p])
      const corners = gpu.tensor([n, 2], where, { requiresGrad: false })
      return model.forward(occlude(x, corners, { side: grid.side, margin: this.#margin }))
    })
  }
}
