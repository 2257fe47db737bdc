/** Networks from weights files, used on images that belong to no run: the mean of what they say. */
import { readdirSync, statSync } from "node:fs"
import path from "node:path"
import type { TensorGpu } from "../tensor/tensor_gpu.ts"
import { Evaluation } from "./evaluate.ts"
import { meanPrediction, meanThreshold, type Prediction } from "./mean_prediction.ts"
import { checkAlike, makeMember, type Member } from "./member.ts"
import { readWeights } from "./read_weights.ts"

export type { Member, Prediction }

export class Predictor {
  private constructor(
    readonly gpu: TensorGpu,
    readonly members: readonly Member[],
  ) {}

  /**
   * @param source a run folder, all of its networks; or one weights file
   * @throws when there are no weights in it, or they are not of one kind
   */
  static open(gpu: TensorGpu, source: string): Predictor {
    const files = weightsFiles(source)
    const members = files.map((file) => makeMember(gpu, file, readWeights(file)))
    checkAlike(members)
    return new Predictor(gpu, members)
  }

  /** Width and height of the images, in pixels. */
  get size(): number {
    return this.members[0].info.size
  }

  /** With two classes, the second is answered where its probability is above this: the mean of the networks' thresholds. */
  get threshold(): number {
    return meanThreshold(this.members.map(({ info }) => info))
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
    const { gpu, size } = this
    const indices = [...new Array(pixels.length / size ** 2).keys()]
    const logits: number[][][] = []
    for (const { model, info } of this.members)
      logits.push(await new Evaluation(gpu, model, { pixels, size }, info.normalisation).logits(indices))
    const infos = this.members.map(({ info }) => info)
    return indices.map((i) =>
      meanPrediction(
        infos,
        logits.map((images) => images[i]),
      ),
    )
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
