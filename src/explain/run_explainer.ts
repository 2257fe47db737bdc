/**
 * Where a run's networks looked. An image of the run is explained by the network of its fold, which
 * has not seen it; any other image by all of them, as the mean of their maps.
 */
import path from "node:path"
import type { NetworkDefinition } from "../models/define_network.ts"
import { shownClass } from "../run/mean_prediction.ts"
import { type Member, Predictor } from "../run/predictor.ts"
import { type Run, type RunImage, readRun } from "../run/read_run.ts"
import type { TensorGpu } from "../tensor/tensor_gpu.ts"
import { foldName } from "../train/fold_name.ts"
import { inferenceBatch } from "../train/inference.ts"
import type { ExplainOptions } from "./explainer.ts"
import { ImageBatch } from "./image_batch.ts"
import { MeanMaps } from "./mean_maps.ts"
import { type Peak, peakOf } from "./peak.ts"
import { randomise } from "./random_weights.ts"
import { type RunImages, runImages } from "./run_images.ts"

export interface Explanation {
  /** Class index: what speaks for this class is shown. */
  label: number
  /** [size, size], row by row; see `Explainer.maps`. */
  map: Float32Array
  peak: Peak
  /** The image, gray values 0..255, [size, size]. */
  pixels: Uint8Array
}

/** Of an image of the run. */
export interface RunExplanation extends Explanation {
  image: RunImage
}

export interface RunExplainOptions extends ExplainOptions {
  /** Class index; unless given the positive one of two classes, of more the one answered. */
  label?: number
  /** Seed of random weights that each network is given meanwhile; its own unless given. */
  randomSeed?: number
}

/** Of a logit, relative to 1 + its size: more than two adapters differ by. */
const SAME = 0.02

export class RunExplainer {
  readonly images: RunImages

  private constructor(
    readonly run: Run,
    readonly predictor: Predictor,
  ) {
    this.images = runImages(run)
  }

  /**
   * @param network that of `--model`, see `makeMember`
   * @throws when `folder` is no run folder with a finished fold, or its files do not go together
   */
  static open(gpu: TensorGpu, folder: string, network?: NetworkDefinition): RunExplainer {
    const run = readRun(folder)
    const predictor = Predictor.open(gpu, folder, { network })
    if (predictor.size !== run.config.size || predictor.classes.join() !== run.classes.join())
      throw new Error(
        `${folder}: its networks are for ${predictor.size} pixels and ${predictor.classes.join(", ")}, ` +
          `its config.json says ${run.config.size} and ${run.classes.join(", ")}; expected the files of one run`,
      )
    return new RunExplainer(run, predictor)
  }

  get size(): number {
    return this.predictor.size
  }

  /** The image of the run with this name, as predictions.csv has it; or that lies there. */
  find(name: string, repeat = 0): RunImage | undefined {
    const { source } = this.run.config
    const there = (file: string) => source.kind === "folder" && path.resolve(source.dir, file) === path.resolve(name)
    return this.run.images.find((image) => image.repeat === repeat && (image.file === name || there(image.file)))
  }

  /** One image of the run, see `explain`. */
  async explainOwn(image: RunImage, options?: RunExplainOptions): Promise<RunExplanation> {
    return (await this.explain([image], options).next()).value!
  }

  /**
   * Images of the run, each by the network of its fold; fold by fold, a batch at a time.
   *
   * @throws when an image cannot be read, or is another one than the run had
   */
  async *explain(
    images: readonly RunImage[] = this.run.images,
    { label, randomSeed, batch: most = inferenceBatch(this.size), ...options }: RunExplainOptions = {},
  ): AsyncGenerator<RunExplanation> {
    for (const name of new Set(images.map(foldName))) {
      const own = images.filter((image) => foldName(image) === name)
      const member = this.#member(own[0])
      const batch = new ImageBatch(this.predictor.gpu, member, own.length, { ...options, batch: most })
      await batch.makeReady()
      const restore = randomSeed === undefined ? undefined : await randomise(member, randomSeed)
      try {
        for (let at = 0; at < own.length; at += batch.most) {
          const part = own.slice(at, at + batch.most)
          const pixels = await Promise.all(part.map((image) => this.images.pixels(image)))
          batch.fill(pixels)
          if (!restore) await this.#checkSame(part, batch)
          const labels = part.map(({ answer }) => label ?? shownClass(this.run.classes, answer))
          const maps = await batch.maps(labels)
          for (const [i, image] of part.entries())
            yield { image, label: labels[i], map: maps[i], peak: peakOf(maps[i], this.size), pixels: pixels[i] }
        }
      } finally {
        restore?.()
      }
    }
  }

  /**
   * An image that is none of the run's, gray values [size, size]: the mean of the maps of all its
   * networks.
   */
  async explainOther(pixels: Uint8Array, { label, ...options }: RunExplainOptions = {}): Promise<Explanation> {
    const { classes } = this.predictor
    const [prediction] = await this.predictor.predict(pixels)
    const explained = label ?? shownClass(this.run.classes, classes.indexOf(prediction.label))
    const most = { batch: inferenceBatch(this.size), ...options }
    const [map] = await new MeanMaps(this.predictor, 1, most).maps([pixels], [explained])
    return { label: explained, map, peak: peakOf(map, this.size), pixels }
  }

  #member(place: RunImage): Member {
    const { repeat, fold } = place
    const member = this.predictor.members.find(({ info }) => info.repeat === repeat && info.fold === fold)
    if (member) return member
    const name = foldName(place)
    throw new Error(
      `${this.run.folder}: predictions.csv names ${name}, and there are no weights of it; expected ${name}.safetensors`,
    )
  }

  async #checkSame(images: readonly RunImage[], batch: ImageBatch): Promise<void> {
    const logits = await batch.logits(images.length)
    for (const [i, image] of images.entries()) {
      const off = image.logits.findIndex((logit, k) => Math.abs(logit - logits[i][k]) > SAME * (1 + Math.abs(logit)))
      if (off < 0) continue
      throw new Error(
        `${image.file}: its fold's network gives the logit ${logits[i][off].toPrecision(4)}, predictions.csv says ` +
          `${image.logits[off].toPrecision(4)}: image or weights have changed since the run. Train again, or put them back.`,
      )
    }
  }
}
