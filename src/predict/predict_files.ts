/**
 * Predictions of many files, batch by batch: some are decoded while the networks look at those
 * before. A compressed DICOM is decoded by this thread, which the networks' work then waits for.
 */
import { availableParallelism } from "node:os"
import path from "node:path"
import { fileWarning } from "../data/file_warning.ts"
import { inOrder } from "../data/in_order.ts"
import { ImageError, ownReason, readImage } from "../data/read_image.ts"
import { heatmap } from "../explain/heatmap.ts"
import { MeanMaps } from "../explain/mean_maps.ts"
import { writeWhole } from "../files/write_whole.ts"
import { shownClass } from "../run/mean_prediction.ts"
import type { Predictor } from "../run/predictor.ts"
import { heatmapName } from "./heatmap_name.ts"
import type { Input } from "./inputs.ts"
import type { Outcome } from "./prediction_rows.ts"

interface PredictOptions {
  /** Existing folder for one heatmap per image; undefined for none. */
  heatmaps?: string
  /** SHA-256 of the files that the run was made of. */
  ofRun?: ReadonlySet<string>
  /** Ends it between two batches. */
  signal?: AbortSignal
}

type Decoded = Outcome & { pixels?: Uint8Array }

/**
 * The outcomes in the order of the inputs, with those of a batch that the networks looked at; its
 * heatmaps are written by then.
 */
export async function* predictFiles(
  predictor: Predictor,
  inputs: readonly Input[],
  { heatmaps, ofRun = new Set(), signal }: PredictOptions = {},
): AsyncGenerator<Outcome[]> {
  const atOnce = availableParallelism() + 2
  const decoded = inOrder(inputs, (input) => decode(input, predictor.size, ofRun), {
    atOnce,
    ahead: 2 * predictor.batch,
  })
  const drawn = heatmaps === undefined ? undefined : new Heatmaps(predictor, heatmaps)
  for await (const batch of filled(decoded, predictor.batch, signal)) yield await predictBatch(predictor, batch, drawn)
}

/**
 * Batches of `size` images that could be decoded, and those that could not between them: each other
 * size would be a recording of its own on the adapter. As many as could not, with none that could,
 * are a batch as well.
 */
export async function* filled<T extends { pixels?: Uint8Array }>(
  items: AsyncIterable<T>,
  size: number,
  signal?: AbortSignal,
): AsyncGenerator<T[]> {
  let [batch, good]: [T[], number] = [[], 0]
  for await (const one of items) {
    if (signal?.aborted) return
    batch.push(one)
    if (one.pixels) good++
    if (good < size && (good > 0 || batch.length < size)) continue
    yield batch
    ;[batch, good] = [[], 0]
  }
  if (batch.length > 0 && !signal?.aborted) yield batch
}

async function decode(input: Input, size: number, ofRun: ReadonlySet<string>): Promise<Decoded> {
  if (input.reason !== undefined) return { input, reason: input.reason }
  try {
    const { pixels, hash, own } = await readImage(input.file, size)
    if (own) return { input, reason: ownReason(own) }
    return { input, isOfRun: ofRun.has(hash), pixels, warning: await fileWarning(input.file, pixels, size) }
  } catch (error) {
    if (!(error instanceof ImageError)) throw error
    const { code, reason } = error
    // Without its stamp it is tried again when the table is continued.
    return { input: code === undefined ? input : { file: input.file }, reason }
  }
}

async function predictBatch(predictor: Predictor, batch: Decoded[], drawn?: Heatmaps): Promise<Outcome[]> {
  const images = batch.flatMap(({ pixels }) => (pixels ? [pixels] : []))
  const predictions = images.length > 0 ? await predictor.predict(Buffer.concat(images)) : []
  let next = 0
  const outcomes = batch.map(({ pixels, ...one }) => (pixels ? { ...one, prediction: predictions[next++] } : one))
  const good = outcomes.filter((one) => one.prediction !== undefined)
  await drawn?.write(good, images)
  return outcomes
}

/**
 * One heatmap per image, for the positive class; with more than two classes for the predicted one.
 */
class Heatmaps {
  readonly #maps: MeanMaps

  constructor(
    readonly predictor: Predictor,
    readonly folder: string,
  ) {
    this.#maps = new MeanMaps(predictor, predictor.batch, { batch: predictor.batch })
  }

  async write(outcomes: readonly Outcome[], images: readonly Uint8Array[]): Promise<void> {
    if (images.length === 0) return
    const { classes, size } = this.predictor
    const labels = outcomes.map(({ prediction }) => shownClass(classes, classes.indexOf(prediction!.label)))
    const maps = await this.#maps.maps(images, labels)
    const draw = (_: Outcome, i: number) => heatmap(images[i], maps[i], size)
    for (const [i, png] of (await Promise.all(outcomes.map(draw))).entries())
      writeWhole(path.join(this.folder, heatmapName(outcomes[i].input.file)), png)
  }
}
