/** A run's weights, its predictions and its images, each at an address of its own. */
import { statSync } from "node:fs"
import { readFile } from "node:fs/promises"
import path from "node:path"
import sharp from "sharp"
import { defaultMethod } from "../explain/explainer.ts"
import { readExplanations } from "../explain/explanations.ts"
import { type RunImages, runImages } from "../explain/run_images.ts"
import { hiddenNames } from "../report/hide.ts"
import { runProblems } from "../report/run_problems.ts"
import { weightsFiles } from "../run/predictor.ts"
import { type Run, type RunImage, readRun } from "../run/read_run.ts"
import { NeedsNetworkFile, networkFor } from "../weights/member.ts"
import { readWeights } from "../weights/read_weights.ts"
import type { Resource } from "./content.ts"
import type { Predictions, RunMessage } from "./run_message.ts"
import { runNumbers } from "./run_numbers.ts"

export class ServedRun {
  private constructor(
    readonly source: string,
    readonly files: readonly string[],
    readonly run: Run | undefined,
  ) {}

  /**
   * @param source a run folder; or one weights file
   * @throws when there are no weights in it, or a file of it is not what `cnn train` writes
   */
  static open(source: string): ServedRun {
    const files = weightsFiles(source)
    // The page would say so too, but later.
    for (const file of files) checkForPage(file)
    const run = statSync(source).isDirectory() ? readRun(source) : undefined
    return new ServedRun(source, files, run)
  }

  *resources(): Generator<[string, Resource]> {
    const message = async () => JSON.stringify(this.#message())
    yield ["/run.json", { type: "application/json", body: message }]
    for (const [k, file] of this.files.entries())
      yield [`/${weightsAddress(k)}`, { type: "application/octet-stream", body: () => readFile(file) }]
    if (!this.run || this.run.config.hidden !== undefined) return
    const images = runImages(this.run)
    const { size } = this.run.config
    for (const [k, image] of this.run.images.entries())
      yield [`/${pixelsAddress(k)}`, { type: "image/png", body: async () => png(images, image, size) }]
  }

  #message(): RunMessage {
    const weights = this.files.map((_, k) => weightsAddress(k))
    return {
      name: path.basename(path.resolve(this.source)),
      weights,
      problems: runProblems(this.source, true),
      numbers: runNumbers(this.run?.folder),
      predictions: this.run ? predictions(this.run) : null,
    }
  }
}

/** @throws if the file is no network's weights, or the page cannot build its network */
function checkForPage(file: string): void {
  try {
    networkFor(readWeights(file).info, file)
  } catch (error) {
    throw error instanceof NeedsNetworkFile ? error.forPage() : error
  }
}

const weightsAddress = (k: number): string => `weights/${k}.safetensors`
const pixelsAddress = (k: number): string => `images/${k}.png`

function predictions(run: Run): Predictions {
  const explained = readExplanations(run)[defaultMethod]?.images ?? []
  const names = hiddenNames(run)
  const peaks = new Map(explained.map((row) => [`${row.repeat} ${row.file}`, row]))
  const images = run.images.map((image, k) => {
    const { file, label, chosen: answer, repeat, fold, probabilities, calibrated } = image
    const { peak, distance } = peaks.get(`${repeat} ${file}`) ?? {}
    const shown = names ? { file: names.text(file) } : { file, pixels: pixelsAddress(k) }
    return { ...shown, label, answer, repeat, fold, probabilities, calibrated, peak, distance }
  })
  return { classes: run.classes, size: run.config.size, images }
}

/** As its network sees it: decoded and scaled as in training. */
async function png(images: RunImages, image: RunImage, size: number): Promise<Buffer> {
  const raw = { width: size, height: size, channels: 1 as const }
  return sharp(await images.pixels(image), { raw })
    .toColourspace("b-w")
    .png()
    .toBuffer()
}
