/** A training that can be looked into: a network, its data, and one step at a time. */
import type { Dataset } from "../data/dataset.ts"
import type { Sequential } from "../layers/sequential.ts"
import { type Head, headFor } from "../models/head.ts"
import { networks } from "../models/networks.ts"
import type { Optimizer } from "../optim/optimizer.ts"
import type { Tensor } from "../tensor/tensor.ts"
import type { TensorGpu } from "../tensor/tensor_gpu.ts"
import { epochBatches, normalisation } from "../train/batches.ts"
import type { OptimizerName } from "../train/config.ts"
import { defaultConfig } from "../train/defaults.ts"
import { EpochTotals } from "../train/epoch_totals.ts"
import { Inference } from "../train/inference.ts"
import { makeOptimizer } from "../train/recipe.ts"
import { TrainStep } from "../train/train_step.ts"

export interface LessonOptions {
  /** One of `networks`. */
  model: string
  optimizer: OptimizerName
}

/** What the validation images come to. */
export interface Validation {
  loss: number
  /** Part that is right. */
  accuracy: number
  /** Those that are not, each with its probability of the second class. */
  wrong: { index: number; probability: number }[]
}

/** Images per step. */
export const BATCH = defaultConfig.batch
const SEED = 0

/** Of the images, the last in four is held back. */
const isHeldBack = (index: number): boolean => index % 4 === 3

export class Lesson {
  readonly model: Sequential
  readonly norm: ReturnType<typeof normalisation>
  readonly train: number[]
  readonly validation: number[]
  readonly #optimizer: Optimizer
  readonly #head: Head
  readonly #totals: EpochTotals
  readonly #step: TrainStep
  readonly #inference: Inference
  #left: number[][] = []
  /** Steps done, and passes over the training images that were begun. */
  steps = 0
  epoch = 0

  constructor(
    readonly gpu: TensorGpu,
    readonly data: Dataset,
    { model, optimizer }: LessonOptions,
  ) {
    const all = [...data.labels.keys()]
    this.train = all.filter((index) => !isHeldBack(index))
    this.validation = all.filter(isHeldBack)
    this.norm = normalisation(data, this.train)
    this.#head = headFor(data.classes.length)
    this.model = networks[model].build(data.size, this.#head.outputs).to(gpu, { seed: SEED })
    this.#optimizer = makeOptimizer({ ...defaultConfig, optimizer }, this.model.parameters())
    this.#totals = new EpochTotals(gpu)
    const context = { gpu, data, config: defaultConfig, head: this.#head, model: this.model }
    this.#step = new TrainStep(
      { ...context, optimizer: this.#optimizer, totals: this.#totals },
      { seed: SEED, norm: this.norm },
    )
    this.#inference = new Inference(gpu, this.model, data, this.norm)
  }

  /** Makes the kernels that a step and a look at the validation images want. */
  async compile(onProgress: (done: number, total: number) => void): Promise<void> {
    await this.gpu.compile(() => {
      this.#step.runOps(this.train.slice(0, BATCH), 1)
      this.#inference.runOps(this.validation)
    }, onProgress)
  }

  /** As it was when new. */
  reset(): void {
    this.model.initialise(SEED)
    this.#optimizer.reset()
    this.#totals.reset()
    this.#left = []
    this.steps = 0
    this.epoch = 0
  }

  /** One step on the next batch. @returns the batch's loss */
  async step(lr: number): Promise<number> {
    if (this.#left.length === 0) {
      this.epoch++
      this.#left = epochBatches(this.data, { sampling: "shuffled", batch: BATCH }, this.train, SEED, this.epoch)
    }
    const batch = this.#left.shift()!
    this.#optimizer.lr = lr
    this.#step.run(batch, this.epoch)
    this.gpu.endStep()
    const { loss } = await this.#totals.read(batch.length)
    this.#totals.reset()
    this.steps++
    return loss
  }

  /** Whether the last step was the last of its epoch. */
  get endsEpoch(): boolean {
    return this.#left.length === 0
  }

  async validate(): Promise<Validation> {
    const logits = await this.#inference.logits(this.validation)
    const labels = this.validation.map((index) => this.data.labels[index])
    const loss = labels.reduce((sum, label, i) => sum + this.#head.lossOf(logits[i], label), 0) / labels.length
    const wrong = this.validation.flatMap((index, i) => {
      const probability = this.#head.probabilities(logits[i])[1]
      return Number(probability > 0.5) === labels[i] ? [] : [{ index, probability }]
    })
    return { loss, accuracy: 1 - wrong.length / labels.length, wrong }
  }

  /** The loss of one image, to be asked for its gradients. @param logits [1, outputs] */
  lossOf(logits: Tensor, index: number): Tensor {
    const targets = this.#head.targets(this.gpu, 1, () => [this.data.labels[index]])
    // The training's own totals do not include it.
    return this.#head.loss(logits, targets, this.gpu.tensor([2], [0, 0], { requiresGrad: false }))
  }

  /** Probability of the second class, fractured, for one image. */
  async probability(index: number): Promise<number> {
    const [logits] = await this.#inference.logits([index])
    return this.#head.probabilities(logits)[1]
  }
}
