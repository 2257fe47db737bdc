/** Finished runs on images that they have not seen. */
import type { Dataset } from "../data/dataset.ts"
import { classMeant } from "../data/known_classes.ts"
import { imageAt } from "../data/pixels.ts"
import { looksInverted } from "../data/unusual.ts"
import { RESAMPLES } from "../eval/bootstrap.ts"
import { type Answered, type Evaluation, evaluate } from "../eval/evaluation.ts"
import { type FurtherMetrics, furtherMetrics } from "../eval/further_metrics.ts"
import { type PairedModels, pairedModels } from "../eval/paired_models.ts"
import { columnsNamed } from "../eval/subgroups.ts"
import type { NetworkDefinition } from "../models/define_network.ts"
import { answered } from "../report/further.ts"
import { type RunFiles, readRunFiles } from "../report/run_files.ts"
import { type DataSource, readData } from "../run/data_source.ts"
import { meanThreshold } from "../run/mean_prediction.ts"
import { Predictor } from "../run/predictor.ts"
import type { RunImage } from "../run/read_run.ts"
import type { TensorGpu } from "../tensor/tensor_gpu.ts"
import { plural } from "../text/plural.ts"
import type { WeightsInfo } from "../weights/weights_file.ts"
import { ensembleAnswers, networkAnswers } from "./answers.ts"
import { comparedMetrics, type Drop, drops, keysFor, whyNone } from "./drop.ts"
import { type SeenImage, seenImages } from "./seen_images.ts"
import { subset } from "./subset.ts"

export interface EvaluatedRun {
  run: RunFiles
  /** What it is called: its folder, unless names are hidden. */
  name: string
  networks: WeightsInfo[]
  /** Of two classes, the second is answered where the mean probability is above it. */
  threshold: number
  images: RunImage[]
  /** The same, of the networks together, as metrics take them. */
  set: Answered[]
  evaluation: Evaluation
  /** By patient, by subgroup, at fixed rates, in use. */
  further: FurtherMetrics
  drop: Record<string, Drop>
}

export interface ExternalEvaluation {
  /** The images that were evaluated, at the first run's size. */
  data: Dataset
  classes: string[]
  /** All images that were read, those left out as well. */
  read: Pick<Dataset, "files" | "groups">
  /** Images that a run was trained on. */
  leftOut: SeenImage[]
  /** What could not be looked for, and what is odd about the images. */
  gaps: string[]
  /** Groups that have the name of one that a run was trained on. */
  sharedGroups: string[]
  /** Metrics that are not defined for this set, and why. */
  notDefined: Record<string, string>
  runs: EvaluatedRun[]
  /** By metric, of the networks together, in one family of tests; null for a single run. */
  compared: Record<string, PairedModels> | null
}

export interface EvaluateProgress {
  what: "decode" | "read" | "compare" | "predict"
  done: number
  total: number
}

interface EvaluateOptions {
  /** Look for near copies of the runs' images. */
  near: boolean
  /** Columns of the labels table whose values are subgroups. */
  by?: readonly string[]
  batch?: number
  /** That of `--model`. */
  network?: NetworkDefinition
  signal?: AbortSignal
  onProgress?: (progress: EvaluateProgress) => void
}

type Folder = Extract<DataSource, { kind: "folder" }>

/** @throws if a run is not finished, or they are of different classes */
export function readRuns(folders: readonly string[], network?: NetworkDefinition): RunFiles[] {
  const runs = folders.map((folder) => readRunFiles(folder, { network }))
  const [first] = runs
  for (const { folder, classes } of runs) {
    const isSame =
      classes.length === first.classes.length && classes.every((name, k) => classMeant(name, first.classes) === k)
    if (!isSame)
      throw new Error(
        `${folder}: its classes are ${classes.join(", ")}, those of ${first.folder} ${first.classes.join(", ")}. ` +
          "Evaluate runs of different classes one by one.",
      )
  }
  return runs
}

/** @param runs as `readRuns` gives them */
export async function evaluateRuns(
  gpu: TensorGpu,
  runs: readonly RunFiles[],
  source: Folder,
  options: EvaluateOptions,
): Promise<ExternalEvaluation> {
  const [{ classes }] = runs
  const sets = await readSets(runs, source, options)
  const found = await seenBy(runs, source, sets, options)
  const data = sets.get(runs[0].config.size)!
  const seen = new Set(found.images.map(({ file }) => file))
  // Another size may let another image pass as blank.
  const sizes = [...sets.values()].map(({ files }) => new Set(files))
  const kept = new Set(data.files.filter((file) => !seen.has(file) && sizes.every((files) => files.has(file))))
  checkSome(source.dir, data, found.images, runs, source.strict)
  if (kept.size === 0) throw new Error(`${source.dir}: no image is left that can be used at every run's size`)
  const used = subset(data, (file) => kept.has(file))
  // A column of too many values must not be refused after all the work.
  columnsNamed(used.columns ?? {}, options.by ?? [])
  const evaluated: EvaluatedRun[] = []
  for (const run of runs) {
    options.signal?.throwIfAborted()
    const own = subset(sets.get(run.config.size)!, (file) => kept.has(file))
    evaluated.push(await evaluateRun(gpu, run, own, { ...options, classes }))
  }
  return {
    data: used,
    classes,
    read: { files: data.files, groups: data.groups },
    leftOut: found.images,
    gaps: [...found.gaps, ...invertedText(used)],
    sharedGroups: sharedGroups(used, runs),
    notDefined: whatIsNotDefined(evaluated[0], classes.length),
    runs: evaluated,
    compared: runs.length > 1 ? compare(evaluated, classes.length) : null,
  }
}

/** At most so many images are named. */
const NAMED = 3

function invertedText(data: Dataset): string[] {
  const inverted = data.files.filter((_, i) => looksInverted(imageAt(data, i), data.size))
  if (inverted.length === 0) return []
  const named = inverted.slice(0, NAMED).join(", ") + (inverted.length > NAMED ? ", ..." : "")
  const [look, them] = inverted.length === 1 ? ["looks", "it"] : ["look", "them"]
  return [
    `${plural(inverted.length, "image")} of ${data.files.length} ${look} inverted, bright around and dark inside (${named}). ` +
      `Invert ${them}, unless the run's own images were so, too: otherwise the predictions mean nothing.`,
  ]
}

/** The images at each size that a run wants. */
async function readSets(
  runs: readonly RunFiles[],
  source: Folder,
  { signal, onProgress }: EvaluateOptions,
): Promise<Map<number, Dataset>> {
  const sets = new Map<number, Dataset>()
  for (const { config } of runs) {
    if (sets.has(config.size)) continue
    const progress = (done: number, total: number) => onProgress?.({ what: "decode", done, total })
    const read = { size: config.size, known: runs[0].classes, signal, onProgress: progress }
    sets.set(config.size, await readData(source, read))
  }
  return sets
}

async function seenBy(
  runs: readonly RunFiles[],
  source: Folder,
  sets: ReadonlyMap<number, Dataset>,
  options: EvaluateOptions,
): Promise<{ images: SeenImage[]; gaps: string[] }> {
  const images = new Map<string, SeenImage>()
  const gaps = new Set<string>()
  for (const run of runs) {
    const seen = await seenImages(run, source.dir, sets.get(run.config.size)!, options)
    for (const image of seen.images) if (!images.has(image.file)) images.set(image.file, image)
    for (const gap of seen.gaps) gaps.add(runs.length > 1 ? `${run.folder}: ${gap}` : gap)
  }
  return { images: [...images.values()], gaps: [...gaps] }
}

function checkSome(
  dir: string,
  { files }: Dataset,
  seen: readonly SeenImage[],
  runs: readonly RunFiles[],
  strict: boolean,
): void {
  const named = seen.slice(0, 20).map(({ file, reason }) => `  ${file}: ${reason}`)
  const list = [...named, ...(seen.length > 20 ? [`  ... and ${seen.length - 20} more`] : [])].join("\n")
  const trained = runs.map(({ folder }) => folder).join(" or ")
  if (seen.length === files.length)
    throw new Error(
      `${dir}: no image is left, since ${trained} was trained on all ${files.length}. Expected images that the run has not seen:\n${list}`,
    )
  if (strict && seen.length > 0)
    throw new Error(
      `${dir}: ${trained} was trained on ${plural(seen.length, "image")} of ${files.length}, and --strict allows none:\n${list}`,
    )
}

async function evaluateRun(
  gpu: TensorGpu,
  run: RunFiles,
  data: Dataset,
  { batch, by = [], network, onProgress, classes }: EvaluateOptions & { classes: string[] },
): Promise<EvaluatedRun> {
  const predictor = Predictor.open(gpu, run.folder, { batch, network })
  const infos = predictor.members.map(({ info }) => info)
  const report = (done: number, total: number) => onProgress?.({ what: "predict", done, total })
  const logits = await predictor.logits(data.pixels, report)
  const { seed } = run.config.train
  const named = { ...data, classes: run.classes }
  const { set, images } = ensembleAnswers(named, infos, logits)
  const each = infos.map((info, k) =>
    networkAnswers(
      named,
      info,
      logits.map((own) => own[k]),
    ),
  )
  return {
    run,
    name: run.folder,
    networks: infos,
    threshold: meanThreshold(infos),
    images,
    set,
    evaluation: evaluate(set, classes, { resamples: RESAMPLES, seed }),
    further: furtherMetrics([set], classes, { columns: columnsNamed(data.columns ?? {}, by), seed }),
    drop: drops(byFold(run), each, classes.length, seed),
  }
}

/** What a run predicted out of fold, fold by fold. */
function byFold(run: RunFiles): Answered[][] {
  const set = answered(run, run.evaluation)
  const isOf = (i: number, { repeat, fold }: Pick<RunImage, "repeat" | "fold">) =>
    run.images[i].repeat === repeat && run.images[i].fold === fold
  return run.evaluation.folds.map((fold) => set.filter((_, i) => isOf(i, fold)))
}

function compare(runs: readonly EvaluatedRun[], classes: number): Record<string, PairedModels> {
  const groups = runs[0].set.map(({ group }) => group)
  const models = runs.map(({ run, set }) => [run.folder, comparedMetrics(set, classes)] as const)
  return pairedModels(groups, Object.fromEntries(models), { seed: runs[0].run.config.train.seed })
}

function whatIsNotDefined({ drop, set }: EvaluatedRun, classes: number): Record<string, string> {
  const missing = keysFor(classes).filter((key) => drop[key].here.value === null)
  return Object.fromEntries(missing.map((key) => [key, whyNone(key, set, classes)]))
}

/** A file's own name as its group says nothing. */
function sharedGroups({ files, groups }: Dataset, runs: readonly RunFiles[]): string[] {
  const names = new Set(files)
  const trained = new Set(
    runs.flatMap(({ images }) => images.flatMap(({ file, group }) => (group === file ? [] : [group]))),
  )
  return [...new Set(groups)].filter((group) => trained.has(group) && !names.has(group))
}
