/** Networks from weights files, used on images that belong to no run: the mean of what they say. */
import { readdirSync, readFileSync, statSync } from "node:fs"
import path from "node:path"
import { mean } from "../eval/mean.ts"
import { answerOf } from "../eval/metrics.ts"
import type { Sequential } from "../layers/sequential.ts"
import type { TensorGpu } from "../tensor/tensor_gpu.ts"
import { batchSizes } from "./batches.ts"
import { sha256 } from "./checked_file.ts"
import { Evaluation, evaluationBatch } from "./evaluate.ts"
import { makeReady, OTHER_ADAPTER } from "./fitting.ts"
import { type Head, headFor } from "./head.ts"
import { networks } from "./networks.ts"
import { readWeights, type WeightsInfo } from "./weights_file.ts"

export interface Member {
  /** Of its weights. */
  file: string
  /** SHA-256 of that file. */
  checksum: string
  model: Sequential
  info: WeightsInfo
}

/** Of one image; an entry a class. */
export interface Prediction {
  probabilities: number[]
  /** After temperature scaling. */
  calibrated: number[]
  /** Of two classes the second where its probability is above `threshold`; of more the most probable. */
  label: string
}

export class Predictor {
  /** The images of the call, whose steps were recorded with the first. */
  readonly #data: { pixels: Uint8Array; size: number }
  readonly #evaluations: Evaluation[]
  /** Sizes of batches that there are kernels and buffers for. */
  readonly #ready = new Set<number>()
  readonly head: Head

  private constructor(
    readonly gpu: TensorGpu,
    readonly members: readonly Member[],
    /** The most images at once; to give `predict` as many is the fastest. */
    readonly batch: number,
  ) {
    this.head = headFor(this.classes.length)
    this.#data = { pixels: new Uint8Array(), size: this.size }
    this.#evaluations = this.#evaluationsOf(batch)
  }

  /**
   * @param source a run folder, all of its networks; or one weights file
   * @param batch the most images at once
   * @throws when there are no weights in it, or they are not of one kind
   */
  static open(gpu: TensorGpu, source: string, batch?: number): Predictor {
    const members = weightsFiles(source).map((file) => loadMember(gpu, file))
    refuseMixed(members)
    return new Predictor(gpu, members, batch ?? evaluationBatch(members[0].info.size))
  }

  /** SHA-256 over the weights files, in their order: two predictors with the same say the same of an image. */
  get checksum(): string {
    return sha256(this.members.map(({ checksum }) => checksum).join())
  }

  /** Width and height of the images, in pixels. */
  get size(): number {
    return this.members[0].info.size
  }

  /** With two classes, the second is answered where its probability is above this: the mean of the networks' thresholds. */
  get threshold(): number {
    return mean(this.members.map(({ info }) => info.threshold))!
  }

  get classes(): string[] {
    return this.members[0].info.classes
  }

  /**
   * What the networks say of each image, the mean over them.
   *
   * @param pixels gray values 0..255, [N, size, size], as `decodeImage` makes them
   * @throws where the adapter's memory does not hold `batch` at once
   */
  async predict(pixels: Uint8Array): Promise<Prediction[]> {
    this.#data.pixels = pixels
    const indices = [...new Array(pixels.length / this.size ** 2).keys()]
    await this.#makeReady(indices.length)
    const each: Omit<Prediction, "label">[][] = []
    for (const [m, { info }] of this.members.entries()) {
      const logits = await this.#evaluations[m].logits(indices)
      each.push(
        logits.map((values) => ({
          probabilities: this.head.probabilities(values),
          calibrated: this.head.probabilities(values.map((logit) => logit / info.temperature)),
        })),
      )
    }
    return indices.map((i) => {
      const over = (key: "probabilities" | "calibrated") =>
        this.classes.map((_, label) => mean(each.map((images) => images[i][key][label]))!)
      const probabilities = over("probabilities")
      return { probabilities, calibrated: over("calibrated"), label: this.#label(probabilities) }
    })
  }

  #evaluationsOf(batch: number): Evaluation[] {
    return this.members.map(({ model, info }) => new Evaluation(this.gpu, model, this.#data, info.normalisation, batch))
  }

  async #makeReady(count: number): Promise<void> {
    const { gpu, size, batch } = this
    const sizes = [...batchSizes(count, batch)]
    if (sizes.every((n) => this.#ready.has(n))) return
    const steps = (most: number) => {
      for (const evaluation of this.#evaluationsOf(most)) evaluation.allSteps(count)
    }
    await makeReady(gpu, { batch, size, need: (most) => gpu.needs(() => steps(most)), else: OTHER_ADAPTER }, steps)
    for (const n of sizes) this.#ready.add(n)
  }

  /** The class that these probabilities stand for. */
  #label(probabilities: readonly number[]): string {
    if (this.classes.length > 2) return this.classes[answerOf(probabilities)]
    return this.classes[probabilities[1] > this.threshold ? 1 : 0]
  }
}

function loadMember(gpu: TensorGpu, file: string): Member {
  const { weights, info } = readWeights(file)
  const model = networkFor(info, file).to(gpu)
  try {
    model.loadStateDict(weights)
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error })
  }
  return { file, checksum: sha256(readFileSync(file)), model, info }
}

/** The layers that a weights file is of, without its weights. @throws where there is no such model */
export function networkFor({ model, size, outputs }: WeightsInfo, file: string): Sequential {
  if (Object.hasOwn(networks, model)) return networks[model].build(size, outputs)
  throw new Error(`${file}: weights of a model "${model}"; there are ${Object.keys(networks).join(", ")}`)
}

/** @throws unless all take images of one size and tell the same classes apart */
export function refuseMixed(members: readonly Pick<Member, "file" | "info">[]): void {
  const kind = ({ size, classes }: WeightsInfo) => `${size} pixels, ${classes.join(", ")}`
  const [first] = members
  const other = members.find(({ info }) => kind(info) !== kind(first.info))
  if (!other) return
  const [a, b] = [other, first].map(({ file, info }) => `${file} (${kind(info)})`)
  throw new Error(`${a} and ${b} are of different runs; take one of them`)
}

/** The weights files in a run folder, in the order of the folds; or the one that is named. */
export function weightsFiles(source: string): string[] {
  if (!isFolder(source)) return [source]
  const names = readdirSync(source).filter((name) => name.endsWith(".safetensors"))
  if (names.length === 0)
    throw new Error(
      `${source}: no weights (*.safetensors) in this folder; expected a run folder of cnn train with a finished fold`,
    )
  return names.sort((a, b) => a.localeCompare(b, "en", { numeric: true })).map((name) => path.join(source, name))
}

function isFolder(source: string): boolean {
  const info = statSync(source, { throwIfNoEntry: false })
  if (!info) throw new Error(`${source}: no such file or folder; expected a run folder or a weights file`)
  return info.isDirectory()
}
