/** Networks from weights files, used on images that belong to no run: the mean of what they say. */
import { readdirSync, readFileSync, statSync } from "node:fs"
import path from "node:path"
import type { Pixels } from "../data/pixels.ts"
import { sha256 } from "../files/sha256.ts"
import type { NetworkDefinition } from "../models/define_network.ts"
import type { TensorGpu } from "../tensor/tensor_gpu.ts"
import { batchSizes } from "../train/batches.ts"
import { Inference, inferenceBatch } from "../train/inference.ts"
import { makeReady, OTHER_ADAPTER } from "../train/memory_fit.ts"
import { checkAlike, type Member, makeMember } from "../weights/member.ts"
import { decodeWeights } from "../weights/weights_file.ts"
import { checkGpuAndFile } from "./check_gpu.ts"
import { calibratedThreshold, meanPrediction, meanThreshold, type Prediction } from "./mean_prediction.ts"

export type { Member, Prediction }

export interface PredictorOptions {
  batch?: number
  network?: NetworkDefinition
}

/**
 * Classifies images with the networks of a run folder or one weights file:
 * `Predictor.open(gpu, "fold-0.safetensors").predict(pixels)`.
 */
export class Predictor {
  /** The images of the call, whose steps were recorded with the first. */
  readonly #data: { pixels: Pixels; size: number }
  readonly #inferences: Inference[]
  /** Sizes of batches that there are kernels and buffers for. */
  readonly #ready = new Set<number>()

  private constructor(
    readonly gpu: TensorGpu,
    readonly members: readonly Member[],
    /** The most images at once; to give `predict` as many is the fastest. */
    readonly batch: number,
    /**
     * SHA-256 over the weights files, in their order: two predictors with the same say the same of
     * an image.
     */
    readonly checksum: string,
  ) {
    this.#data = { pixels: new Uint8Array(), size: this.size }
    this.#inferences = this.#inferencesOf(batch)
  }

  /**
   * @param source a run folder, all of its networks; or one weights file
   * @param options `batch`: the most images at once; `network`: that of `--model`, see `makeMember`
   * @throws when there are no weights in it, or they are not of one kind
   */
  static open(gpu: TensorGpu, source: string, { batch, network }: PredictorOptions = {}): Predictor {
    checkGpuAndFile("Predictor.open", gpu, source)
    const files = weightsFiles(source).map((file) => ({ file, bytes: readFileSync(file) }))
    const members = files.map(({ file, bytes }) => makeMember(gpu, file, decodeWeights(bytes, file), network))
    checkAlike(members)
    const checksum = sha256(files.map(({ bytes }) => sha256(bytes)).join())
    return new Predictor(gpu, members, batch ?? inferenceBatch(members[0].info.size), checksum)
  }

  /** Width and height of the images, in pixels. */
  get size(): number {
    return this.members[0].info.size
  }

  /**
   * With two classes, the second is answered where its probability is above this: the mean of the
   * networks' thresholds.
   */
  get threshold(): number {
    return meanThreshold(this.members.map(({ info }) => info))
  }

  /** The same for calibrated probabilities. */
  get calibratedThreshold(): number {
    return calibratedThreshold(this.members.map(({ info }) => info))
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
    const infos = this.members.map(({ info }) => info)
    return (await this.logits(pixels)).map((each) => meanPrediction(infos, each))
  }

  /**
   * The logits of each image, an array per network.
   *
   * @param onProgress gets the number of images that a network has seen, over all networks
   */
  async logits(pixels: Pixels, onProgress: (done: number, total: number) => void = () => {}): Promise<number[][][]> {
    this.#data.pixels = pixels
    const count = pixels instanceof Uint8Array ? pixels.length / this.size ** 2 : pixels.length
    const indices = [...new Array(count).keys()]
    await this.#makeReady(indices.length)
    const logits: number[][][] = []
    const total = this.members.length * indices.length
    for (const [k, inference] of this.#inferences.entries())
      logits.push(await inference.logits(indices, (done) => onProgress(k * indices.length + done, total)))
    return indices.map((i) => logits.map((images) => images[i]))
  }

  #inferencesOf(batch: number): Inference[] {
    return this.members.map(({ model, info }) => new Inference(this.gpu, model, this.#data, info.normalisation, batch))
  }

  async #makeReady(count: number): Promise<void> {
    const { gpu, size, batch } = this
    const sizes = [...batchSizes(count, batch)]
    if (sizes.every((n) => this.#ready.has(n))) return
    const steps = (most: number) => {
      for (const inference of this.#inferencesOf(most)) inference.allSteps(count)
    }
    await makeReady(gpu, { batch, size, needs: (most) => [gpu.needs(() => steps(most))], else: OTHER_ADAPTER }, steps)
    for (const n of sizes) this.#ready.add(n)
  }
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
