/**
 * What a run leaves behind: config.json, files.csv, history.csv, predictions.csv, summary.json and
 * a weights file a fold. Rewritten as folds end, each file whole, so that a run that is stopped
 * leaves the folds that it finished; metrics.json at its end. What it needs to go on is kept by
 * checkpoints.ts.
 */
import { readFileSync, rmSync } from "node:fs"
import path from "node:path"
import type { Dataset } from "../data/dataset.ts"
import { removeParts, writeWhole } from "../files/write_whole.ts"
import type { NetworkDefinition } from "../models/define_network.ts"
import { networkNamed } from "../models/networks.ts"
import { foldValues } from "../train/cross_validation.ts"
import type { EpochRow, TrainEvent } from "../train/events.ts"
import type { FinishedFold, FoldResult } from "../train/fold.ts"
import { foldName } from "../train/fold_name.ts"
import type { FoldPlace } from "../train/fold_state.ts"
import { copyName } from "../weights/member.ts"
import { BEGUN_WITH } from "./begun.ts"
import { type RunMetrics, runMetrics } from "./metrics_file.ts"
import type { RunConfig } from "./run_config.ts"
import { saveNetwork } from "./saved_network.ts"
import { type CompileTimes, type Summary, summarise } from "./summary.ts"
import { filesCsv, historyCsv, predictionsCsv } from "./tables.ts"

/** Local time of day as a folder's name that every file system takes. */
export function timeName(time: Date): string {
  const two = (value: number) => String(value).padStart(2, "0")
  const date = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())]
  return `${date.join("-")}_${[time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join("-")}`
}

interface Trained {
  network?: NetworkDefinition
  /** Ids of the images that a fold's first weights were trained on. */
  seen?: (place: FoldPlace) => readonly string[]
}

export class RunFolder {
  readonly #history: EpochRow[] = []
  readonly #results: FinishedFold[] = []
  #compile: CompileTimes | null = null
  readonly #values: string[] | undefined

  private constructor(
    readonly folder: string,
    readonly data: Dataset,
    readonly run: RunConfig,
    readonly trained: Required<Pick<Trained, "network">> & Trained,
  ) {
    this.#values = foldValues(data, run.train)
  }

  /**
   * Begins a run in an empty folder: writes config.json, and what there is of files.csv, audit.json
   * and the network's file.
   *
   * @param audited what audit.json is to hold; null where nothing was audited
   * @param network what is trained; without it the built-in network that the config names
   */
  static create(
    folder: string,
    data: Dataset,
    config: RunConfig,
    { audited = null, network = networkNamed(config.train.model), seen }: { audited?: object | null } & Trained = {},
  ): RunFolder {
    const run = new RunFolder(folder, data, config, { network, seen })
    // Of a run that was ended before it had a config.
    removeParts(folder)
    for (const name of BEGUN_WITH) rmSync(path.join(folder, name), { force: true })
    run.#writeFiles()
    if (audited) run.#write("audit.json", json(audited))
    if (network.file) run.#write(copyName(network.name), network.file.text)
    // Last: a folder with it has all that a run begins with, and can go on.
    run.#write("config.json", json(config))
    return run
  }

  /**
   * Resumes a folder that `create` made, and restores its files as they were when the run stopped.
   *
   * @param finished the folds that are
   * @param history the epochs of the fold under way
   * @param network see `create`
   */
  static resume(
    folder: string,
    data: Dataset,
    config: RunConfig,
    {
      finished,
      history,
      network = networkNamed(config.train.model),
      seen,
    }: { finished: readonly FinishedFold[]; history: readonly EpochRow[] } & Trained,
  ): RunFolder {
    const run = new RunFolder(folder, data, config, { network, seen })
    run.#write("config.json", json(config))
    run.#writeFiles()
    run.#compile = compiledBefore(path.join(folder, "summary.json"))
    run.#results.push(...finished)
    run.#history.push(...finished.flatMap((result) => result.history), ...history)
    if (run.#history.length > 0) run.#writeHistory()
    if (finished.length > 0) run.#writeResults()
    return run
  }

  /** To be told of everything that the training says. */
  take(event: TrainEvent): void {
    if (event.type === "epoch") {
      this.#history.push(event)
      this.#writeHistory()
    }
    if (event.type === "fold-end") this.#foldEnd(event.result)
    if (event.type === "compile") this.#compile = compileTimes(event)
    if (event.type === "first-step") this.#compile!.firstStepSeconds = event.seconds
  }

  /**
   * Takes config.json back where the training ended before its first epoch was done: there is no
   * run to keep.
   *
   * @returns whether it was so
   */
  discardEmpty(): boolean {
    if (this.#history.length > 0) return false
    this.#discard()
    return true
  }

  /**
   * Takes everything back where an error ended the training before its first fold was done: nothing
   * of it can be used.
   *
   * @returns whether it was so
   */
  discardUnfinished(): boolean {
    if (this.#results.length > 0) return false
    this.#discard()
    return true
  }

  /**
   * Writes metrics.json, unless no fold is finished. To be called once, when the training has
   * ended.
   */
  end(): RunMetrics | null {
    if (this.#results.length === 0) return null
    const evaluation = runMetrics(this.data, this.#results, this.run.train, this.run.by)
    this.#write("metrics.json", json(evaluation))
    return evaluation
  }

  /** What the folds that are finished come to. */
  summary(): Summary {
    const { train, init } = this.run
    const { folds, repeats, split, foldsBy } = train
    const from = init && { source: init.source, sha256: init.files.map(({ sha256 }) => sha256) }
    const plan = { split, foldsBy, init: from, values: this.#values }
    return summarise(this.data, this.#results, folds * repeats, { compile: this.#compile, ...plan })
  }

  /** What one of them comes to. */
  foldSummary(place: FoldPlace): Summary["folds"][number] {
    return this.summary().folds.find((row) => inOrder(row, place) === 0)!
  }

  /** config.json last: as long as it is there the run can be begun again. */
  #discard(): void {
    for (const name of ["history.csv", ...BEGUN_WITH, "config.json"])
      rmSync(path.join(this.folder, name), { force: true })
  }

  #foldEnd(result: FoldResult): void {
    this.#results.push(result)
    const { data } = this
    const { network, seen } = this.trained
    const about = { data, network, seen: seen?.(result), force: true }
    // A fold that was written but not recorded before a kill is trained and written again.
    saveNetwork(path.join(this.folder, `${foldName(result)}.safetensors`), result, about)
    this.#writeResults()
  }

  #writeFiles(): void {
    const { files, hashes } = this.data
    if (hashes) this.#write("files.csv", filesCsv(files, hashes))
  }

  /** A fold whose files were damaged is trained again behind those that come after it. */
  #writeHistory(): void {
    this.#write("history.csv", historyCsv(this.#history.toSorted((a, b) => inOrder(a, b) || a.epoch - b.epoch)))
  }

  #writeResults(): void {
    this.#results.sort(inOrder)
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

/** Of the process before: one that has nothing left to train compiles nothing. */
function compiledBefore(file: string): CompileTimes | null {
  try {
    return JSON.parse(readFileSync(file, "utf8")).compile ?? null
  } catch {
    // Before the first fold there is none, and a damaged one is rewritten.
    return null
  }
}

const inOrder = (a: FoldPlace, b: FoldPlace): number => a.repeat - b.repeat || a.fold - b.fold

/** Of a run's folder, where no other is asked for. */
export const runName = ({ started }: Pick<RunConfig, "started">): string =>
  path.join("runs", timeName(new Date(started)))

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
