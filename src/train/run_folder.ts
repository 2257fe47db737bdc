/**
 * What a run leaves behind: config.json, history.csv, predictions.csv, summary.json and a weights file a fold. Written anew
 * as folds end, each file whole, so that a run that is stopped leaves the folds that it finished; metrics.json at its end.
 */
import { mkdirSync, rmdirSync, rmSync } from "node:fs"
import path from "node:path"
import type { Dataset } from "../data/dataset.ts"
import { packageVersion } from "../gpu/package.ts"
import type { TrainConfig } from "./config.ts"
import { evaluateRun, type RunEvaluation } from "./evaluation.ts"
import type { EpochRow, TrainEvent } from "./events.ts"
import { makeFreshFolder, refuseFull, writeWhole } from "./files.ts"
import type { FoldResult } from "./fold.ts"
import { foldName } from "./fold_name.ts"
import { headFor } from "./head.ts"
import type { RunConfig } from "./run_config.ts"
import { type CompileTimes, type Summary, summarise } from "./summary.ts"
import { historyCsv, predictionsCsv } from "./tables.ts"
import { encodeWeights } from "./weights_file.ts"

/** Local time of day as a folder's name that every file system takes. */
export function timeName(time: Date): string {
  const two = (value: number) => String(value).padStart(2, "0")
  const date = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())]
  return `${date.join("-")}_${[time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join("-")}`
}

export class RunFolder {
  readonly #history: EpochRow[] = []
  readonly #results: FoldResult[] = []
  #compile: CompileTimes | null = null

  private constructor(
    readonly folder: string,
    readonly data: Dataset,
    readonly config: TrainConfig,
  ) {}

  /**
   * Makes the folder and writes config.json.
   *
   * @param out where to; `runs/<time>` without it
   * @param audited what audit.json is to hold; null where nothing was audited
   * @throws when `out` is there and not empty
   */
  static create(out: string | undefined, data: Dataset, config: RunConfig, audited: object | null = null): RunFolder {
    if (out !== undefined) refuseFull(out)
    const folder = makeFolder(out, config.started)
    const run = new RunFolder(folder, data, config.train)
    run.#write("config.json", json(config))
    if (audited) run.#write("audit.json", json(audited))
    return run
  }

  /** To be told of everything that the training says. */
  take(event: TrainEvent): void {
    if (event.type === "epoch") {
      this.#history.push(event)
      this.#write("history.csv", historyCsv(this.#history))
    }
    if (event.type === "fold-end") this.#foldEnd(event.result)
    if (event.type === "compile") this.#compile = compileTimes(event)
    if (event.type === "first-step") this.#compile!.firstStepSeconds = event.seconds
  }

  /**
   * Takes config.json back where the training ended before its first epoch was done: there is no run to keep.
   *
   * @returns whether it was so
   */
  discardEmpty(): boolean {
    if (this.#history.length > 0) return false
    this.#discard()
    return true
  }

  /**
   * Takes everything back where an error ended the training before its first fold was done: nothing of it can be used.
   *
   * @returns whether it was so
   */
  discardUnfinished(): boolean {
    if (this.#results.length > 0) return false
    this.#discard()
    return true
  }

  /** Writes metrics.json, unless no fold is finished. To be called once, when the training has ended. */
  end(): RunEvaluation | null {
    if (this.#results.length === 0) return null
    const evaluation = evaluateRun(this.data, this.#results, this.config)
    this.#write("metrics.json", json(evaluation))
    return evaluation
  }

  /** What the folds that are finished come to. */
  summary(): Summary {
    return summarise(this.data, this.#results, this.config.folds * this.config.repeats, this.#compile)
  }

  #discard(): void {
    for (const name of ["config.json", "audit.json", "history.csv"])
      rmSync(path.join(this.folder, name), { force: true })
    rmdirSync(this.folder)
  }

  #foldEnd(result: FoldResult): void {
    this.#results.push(result)
    const { classes, size } = this.data
    const { repeat, fold, weights, normalisation } = result
    const threshold = result.threshold?.probability ?? 0.5
    const temperature = result.temperature.value
    const { outputs } = headFor(classes.length)
    const network = { model: this.config.model, size, outputs, classes, normalisation, version: packageVersion() }
    const info = { ...network, threshold, temperature, repeat, fold }
    this.#write(`${foldName(result)}.safetensors`, encodeWeights(weights, info))
    const predictions = this.#results.flatMap((finished) => finished.predictions)
    this.#write("predictions.csv", predictionsCsv(this.data, predictions))
    this.#write("summary.json", json(this.summary()))
  }

  #write(name: string, content: string | Uint8Array): void {
    writeWhole(path.join(this.folder, name), content)
  }
}

/** To a tenth of a millisecond. */
function compileTimes({ pipelines, seconds }: Extract<TrainEvent, { type: "compile" }>): CompileTimes {
  const milliseconds = pipelines.map(({ kernel, milliseconds }) => [kernel, Number(milliseconds.toFixed(1))])
  return { seconds, firstStepSeconds: null, milliseconds: Object.fromEntries(milliseconds) }
}

function makeFolder(out: string | undefined, started: string): string {
  if (out === undefined) return makeFreshFolder(path.join("runs", timeName(new Date(started))))
  mkdirSync(out, { recursive: true })
  return out
}

/** A string, which is left alone whatever it looks like, or an array of numbers. */
const STRING_OR_ROW = /"(?:[^"\\]|\\.)*"|\[\s+[\d.eE+\-,\s]+\]/g

/** Indented, with a row of numbers on one line. */
export function json(value: unknown): string {
  const text = JSON.stringify(value, null, 2)
  const shorter = text.replace(STRING_OR_ROW, (part) =>
    part.startsWith("[") ? part.replace(/\s+/g, " ").replace("[ ", "[").replace(" ]", "]") : part,
  )
  return `${shorter}\n`
}
