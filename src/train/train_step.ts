/** One training step: augmentation, forward, loss, backward, update of one batch. */

import type { Dataset } from "../data/dataset.ts"
import { imagesAt } from "../data/pixels.ts"
import { augment, drawTransform, type Normalisation } from "../layers/augment.ts"
import type { Sequential } from "../layers/sequential.ts"
import type { Head } from "../models/head.ts"
import { clipGradNorm } from "../optim/clip.ts"
import type { Optimizer } from "../optim/optimizer.ts"
import type { Tensor } from "../tensor/tensor.ts"
import type { TensorGpu } from "../tensor/tensor_gpu.ts"
import { imageOf, imageTensor } from "./batches.ts"
import { BySize } from "./by_size.ts"
import type { TrainConfig } from "./config.ts"
import type { EpochTotals } from "./epoch_totals.ts"

/** What a step works on. */
export interface StepContext {
  gpu: TensorGpu
  data: Dataset
  config: Pick<TrainConfig, "augment" | "clip">
  head: Head
  model: Sequential
  optimizer: Optimizer
  totals: EpochTotals
}

/**
 * The steps of one fold, in train mode; which images and which epoch is all that a step is told.
 */
export class TrainStep {
  readonly #context: StepContext
  readonly #fold: { seed: number; norm: Normalisation }
  readonly #steps: BySize<void>
  #draws: readonly number[] = []
  #pixels: readonly Uint8Array[] = []
  #epoch = 0

  /** @param fold seed of the augmentation, and how gray values are normalised */
  constructor(context: StepContext, fold: { seed: number; norm: Normalisation }) {
    this.#context = context
    this.#fold = fold
    this.#steps = new BySize(context.gpu, (n) => this.#ops(n))
  }

  /**
   * Does the step of these images, as it was recorded for as many; see `imageOf`.
   *
   * @param images the draws' images, where they were read ahead
   */
  run(draws: readonly number[], epoch: number, images?: readonly Uint8Array[]): void {
    this.#batch(draws, epoch, images)
    this.#steps.run(draws.length)
  }

  /** The same op by op: what the kernels are that a step wants, and what a recording is held to. */
  runOps(draws: readonly number[], epoch: number): void {
    this.#batch(draws, epoch)
    this.#ops(draws.length)
  }

  /** These images, transformed, as the network sees them in a step. */
  images(draws: readonly number[], epoch: number): Tensor {
    this.#batch(draws, epoch)
    return this.#images(draws.length)
  }

  #batch(draws: readonly number[], epoch: number, images?: readonly Uint8Array[]): void {
    this.#draws = draws
    this.#pixels = images ?? imagesAt(this.#context.data, this.#indices())
    this.#epoch = epoch
  }

  #ops(n: number): void {
    const { gpu, config, head, model, optimizer, totals } = this.#context
    model.train()
    const targets = head.targets(gpu, n, () => this.#labels())
    const logits = model.forward(this.#images(n))
    head.loss(logits, targets, totals.totals).backward()
    if (config.clip > 0) clipGradNorm(model.parameters(), config.clip)
    optimizer.step()
  }

  #images(n: number): Tensor {
    const { gpu, data, config } = this.#context
    const { seed, norm } = this.#fold
    const images = imageTensor(gpu, data.size, n, () => this.#pixels, norm)
    const ranges = config.augment
    if (!ranges) return images
    const drawn = () => this.#draws.map((draw) => drawTransform(ranges, seed, this.#epoch, draw, data.size))
    return augment(images, drawn, norm)
  }

  #indices(): number[] {
    return this.#draws.map((draw) => imageOf(draw, this.#context.data))
  }

  #labels(): number[] {
    return this.#indices().map((index) => this.#context.data.labels[index])
  }
}
