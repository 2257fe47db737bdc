/**
 * explanations.json of a run folder: for each method where the maps of all images peak and, where
 * fractures are known, how often that hits.
 */
import { existsSync } from "node:fs"
import path from "node:path"
import { byCodeUnit } from "../data/walk.ts"
import { readJson } from "../files/read_json.ts"
import {
  count,
  type InferOutput,
  keyed,
  list,
  nullable,
  number,
  object,
  oneOf,
  optional,
  pair,
  text,
} from "../files/schema.ts"
import { writeWhole } from "../files/write_whole.ts"
import type { Run, RunImage } from "../run/read_run.ts"
import { type ExplainOptions, type Method, methods } from "./explainer.ts"
import { distanceTo, type Found, hitRate } from "./hit_rate.ts"
import { fills } from "./occlusion_explainer.ts"
import type { RunExplainer, RunExplanation } from "./run_explainer.ts"

const explainedImage = object({
  file: text,
  /** Which whole cross-validation. */
  repeat: count,
  fold: count,
  /** Class names: of the image, that which was answered, that which the map speaks for. */
  label: text,
  answer: text,
  class: text,
  peak: keyed(["x", "y", "value"], number),
  /**
   * Pixels from the peak to the nearest broken edge; null if there is none, or it is not marked.
   */
  distance: nullable(number),
})

type ExplainedImage = InferOutput<typeof explainedImage>

const methodExplanations = object({
  /** Those that were given. */
  options: object({
    ...{ batch: optional(number), layer: optional(text), patch: optional(number) },
    ...{ stride: optional(number), fill: optional(oneOf(fills)) },
  }),
  /** null if no fracture is marked or there is no true positive. */
  hitRate: nullable(
    object({
      ...keyed(["tolerance", "truePositives", "hits"], number).entries,
      ...keyed(["rate", "anywhere", "elsewhere"], nullable(number)).entries,
      // Absent in runs of older versions.
      ...{ interval: optional(nullable(pair)), random: optional(nullable(number)), middle: optional(nullable(number)) },
    }),
  ),
  images: list(explainedImage),
})

export type MethodExplanations = InferOutput<typeof methodExplanations>

const explanationsSchema = keyed(methods, optional(methodExplanations))

export type Explanations = InferOutput<typeof explanationsSchema>

const FILE = "explanations.json"

/** Gathers what explanations.json says of one method. */
export class ExplanationTable {
  readonly #images: ExplainedImage[] = []
  readonly #found = new Map<RunImage, Found>()
  /** The same, of networks with random weights. */
  readonly #random: Found[] = []

  constructor(readonly explainer: RunExplainer) {}

  async add({ image, label, peak }: Pick<RunExplanation, "image" | "label" | "peak">): Promise<ExplainedImage> {
    const { run, images } = this.explainer
    const fracture = (await images.fracture?.(image)) ?? []
    const row = {
      file: image.file,
      repeat: image.repeat,
      fold: image.fold,
      label: run.classes[image.label],
      answer: run.classes[image.answer],
      class: run.classes[label],
      peak,
      distance: fracture.length > 0 ? distanceTo(fracture, peak) : null,
    }
    this.#images.push(row)
    if (fracture.length > 0 && image.answer === image.label && label === image.label)
      this.#found.set(image, { peak, fracture, group: image.group })
    return row
  }

  /**
   * The true positives whose fracture is known: those to be explained again with random weights.
   */
  get found(): RunImage[] {
    return [...this.#found.keys()]
  }

  addRandom({ image, peak }: Pick<RunExplanation, "image" | "peak">): void {
    this.#random.push({ ...this.#found.get(image)!, peak })
  }

  finish({ method: _, ...options }: ExplainOptions): MethodExplanations {
    const images = this.#images.sort((a, b) => byCodeUnit(a.file, b.file) || a.repeat - b.repeat)
    if (this.#found.size === 0) return { options, hitRate: null, images }
    const { size } = this.explainer
    const random = hitRate(this.#random, size).rate
    return { options, hitRate: { ...hitRate([...this.#found.values()], size), random }, images }
  }
}

/**
 * @returns what the run folder holds already, {} where that is nothing; @throws where it is no JSON
 */
export function readExplanations({ folder }: Pick<Run, "folder">): Explanations {
  const file = path.join(folder, FILE)
  if (!existsSync(file)) return {}
  return readJson(file, explanationsSchema, "the file that cnn explain wrote; move it away to write a new one")
}

/** Puts one method's into the run folder, beside those of the others. @returns the file */
export function writeExplanations(run: Pick<Run, "folder">, method: Method, made: MethodExplanations): string {
  const file = path.join(run.folder, FILE)
  writeWhole(file, `${JSON.stringify({ ...readExplanations(run), [method]: made }, null, 2)}\n`)
  return file
}
