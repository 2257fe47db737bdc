/** The networks of a run in this page, and what they make of an image. */
import { CamExplainer } from "../explain/cam_explainer.ts"
import { calibratedThreshold, meanPrediction, meanThreshold, type Prediction } from "../run/mean_prediction.ts"
import type { TensorGpu } from "../tensor/tensor_gpu.ts"
import { Inference } from "../train/inference.ts"
import { checkAlike, type Member, makeMember, NeedsNetworkFile } from "../weights/member.ts"
import { decodeWeights } from "../weights/weights_file.ts"

export type MapMethod = "layer-cam" | "grad-cam"

export interface WeightsBytes {
  name: string
  bytes: Uint8Array
}

interface Prepared {
  member: Member
  inference: Inference
  explainers: Partial<Record<MapMethod, CamExplainer>>
}

function memberOf(gpu: TensorGpu, { name, bytes }: WeightsBytes): Member {
  try {
    return makeMember(gpu, name, decodeWeights(bytes, name))
  } catch (error) {
    throw error instanceof NeedsNetworkFile ? error.forPage() : error
  }
}

export class Ensemble {
  readonly #data: { pixels: Uint8Array; size: number }
  readonly #prepared: Prepared[]

  private constructor(
    readonly gpu: TensorGpu,
    readonly members: readonly Member[],
  ) {
    this.#data = { pixels: new Uint8Array(this.size ** 2), size: this.size }
    this.#prepared = members.map((member) => {
      const inference = new Inference(gpu, member.model, this.#data, member.info.normalisation)
      return { member, inference, explainers: {} }
    })
  }

  /** @throws naming the file where one is no network's weights, or they are not alike */
  static of(gpu: TensorGpu, files: readonly WeightsBytes[]): Ensemble {
    const members = files.map((file) => memberOf(gpu, file))
    checkAlike(members)
    return new Ensemble(gpu, members)
  }

  /** Width and height of the images, in pixels. */
  get size(): number {
    return this.members[0].info.size
  }

  get classes(): string[] {
    return this.members[0].info.classes
  }

  get threshold(): number {
    return meanThreshold(this.members.map(({ info }) => info))
  }

  /** The same on the scale of the calibrated probabilities. */
  get calibratedThreshold(): number {
    return calibratedThreshold(this.members.map(({ info }) => info))
  }

  /** @param pixels gray values 0..255, [size, size] */
  async predict(pixels: Uint8Array): Promise<Prediction> {
    this.#data.pixels.set(pixels)
    const logits: number[][] = []
    for (const { inference } of this.#prepared) logits.push((await inference.logits([0]))[0])
    const infos = this.members.map(({ info }) => info)
    return meanPrediction(infos, logits)
  }

  /**
   * What speaks for a class, pixel by pixel, [size, size]: the mean over the networks.
   *
   * @param of the networks that are asked: all, unless told
   */
  async map(
    pixels: Uint8Array,
    label: number,
    method: MapMethod,
    of: (member: Member) => boolean = () => true,
  ): Promise<Float32Array> {
    this.#data.pixels.set(pixels)
    const asked = this.#prepared.filter(({ member }) => of(member))
    const sum = new Float32Array(this.size ** 2)
    for (const one of asked) {
      const explainer = (one.explainers[method] ??= new CamExplainer(this.gpu, one.member, this.#data, { method }))
      const [map] = await explainer.maps([0], [label])
      for (const [i, value] of map.entries()) sum[i] += value / asked.length
    }
    return sum
  }
}
