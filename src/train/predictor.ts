/** Networks from weights files, used on images that belong to no run: the mean of what they say. */
import { readdirSync, readFileSync, statSync } from "node:fs"
import path from "node:path"
import { mean } from "../eval/mean.ts"
import { answerOf } from "../eval/metrics.ts"
import type { Sequential } from "../layers/sequential.ts"
import type { TensorGpu } from "../tensor/tensor_gpu.ts"
import { sha256 } from "./checked_file.ts"
import { evaluationBatch, Evaluation } from "./evaluate.ts"
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
  #evaluations: { data: { pixels: Uint8Array; size: number }; of: Evaluation[] } | undefined

  private constructor(
    readonly gpu: TensorGpu,
    readonly members: readonly Member[],
    readonly head: Head,
  ) {}

  /**
   * @param source a run folder, all of its networks; or one weights file
   * @throws when there are no weights in it, or they are not of one kind
   */
  static open(gpu: TensorGpu, source: string): Predictor {
    const files = weightsFiles(source)
    const members = files.map((file) => loadMember(gpu, file))
    const [{ info: first }] = members
    const kind = ({ size, classes }: WeightsInfo) => `${size} pixels, ${classes.join(", ")}`
    members.forEach(({ info }, i) => {
      if (kind(info) !== kind(first))
        throw new Error(
          `${files[i]} (${kind(info)}) and ${files[0]} (${kind(first)}) are of different runs; predict with one of them`,
        )
    })
    return new Predictor(gpu, members, headFor(first.classes.length))
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
   */
  async predict(pixels: Uint8Array): Promise<Prediction[]> {
    const area = this.size ** 2
    const out: Prediction[] = []
    for (let at = 0; at < pixels.length; at += this.batch * area)
      out.push(...(await this.#predictBatch(pixels.subarray(at, at + this.batch * area))))
    return out
  }

  /** Images that are looked at at once; as many are the fastest to give to `predict`. */
  get batch(): number {
    return evaluationBatch(this.size)
  }

  /** Made once, so that what they have recorded serves every batch. */
  #prepared() {
    if (this.#evaluations) return this.#evaluations
    const { size } = this
    const data = { pixels: new Uint8Array(this.batch * size * size), size }
    const of = this.members.map(({ model, info }) => new Evaluation(this.gpu, model, data, info.normalisation))
    this.#evaluations = { data, of }
    return this.#evaluations
  }

  async #predictBatch(pixels: Uint8Array): Promise<Prediction[]> {
    const { data, of } = this.#prepared()
    data.pixels.set(pixels)
    const indices = [...new Array(pixels.length / this.size ** 2).keys()]
    const each: Omit<Prediction, "label">[][] = []
    for (const [m, { info }] of this.members.entries()) {
      const logits = await of[m].logits(indices)
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

  /** The class that these probabilities stand for. */
  #label(probabilities: readonly number[]): string {
    if (this.classes.length > 2) return this.classes[answerOf(probabilities)]
    return this.classes[probabilities[1] > this.threshold ? 1 : 0]
  }
}

function loadMember(gpu: TensorGpu, file: string): Member {
  const { weights, info } = readWeights(file)
  const network = Object.hasOwn(networks, info.model) ? networks[info.model] : undefined
  if (!network)
    throw new Error(`${file}: weights of a model "${info.model}"; there are ${Object.keys(networks).join(", ")}`)
  const model = network.build(info.size, info.outputs).to(gpu)
  try {
    model.loadStateDict(weights)
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error })
  }
  return { file, checksum: sha256(readFileSync(file)), model, info }
}

/** The weights files in a run folder, in the order of the folds; or the one that is named. */
function weightsFiles(source: string): string[] {
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
