/** Networks from weights files, used on images that belong to no run: the mean of what they say. */
import { readdirSync, statSync } from "node:fs"
import path from "node:path"
import { mean } from "../eval/mean.ts"
import { answerOf } from "../eval/metrics.ts"
import type { Sequential } from "../layers/sequential.ts"
import type { TensorGpu } from "../tensor/tensor_gpu.ts"
import { Evaluation, evaluationBatch } from "./evaluate.ts"
import { makeReady, OTHER_ADAPTER } from "./fitting.ts"
import { type Head, headFor } from "./head.ts"
import { networks } from "./networks.ts"
import { readWeights, type WeightsInfo } from "./weights_file.ts"

export interface Member {
  /** Of its weights. */
  file: string
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
   * @param batch the most images at once
   * @throws where the adapter's memory does not hold so many
   */
  async predict(pixels: Uint8Array, batch = evaluationBatch(this.size)): Promise<Prediction[]> {
    const { gpu, size } = this
    const evaluation = ({ model, info }: Member, most: number) =>
      new Evaluation(gpu, model, { pixels, size }, info.normalisation, most)
    const indices = [...new Array(pixels.length / size ** 2).keys()]
    const each: Omit<Prediction, "label">[][] = []
    const steps = (most: number) => {
      for (const member of this.members) evaluation(member, most).allSteps(indices.length)
    }
    await makeReady(gpu, { batch, size, need: (most) => gpu.needs(() => steps(most)), else: OTHER_ADAPTER }, steps)
    for (const member of this.members) {
      const { info } = member
      const logits = await evaluation(member, batch).logits(indices)
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
  return { file, model, info }
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
