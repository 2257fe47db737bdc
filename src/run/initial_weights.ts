/** Where a run's networks begin: `--init`, a weights file or another run's folds. Node only. */
import { existsSync, readFileSync, statSync } from "node:fs"
import path from "node:path"
import type { Dataset } from "../data/dataset.ts"
import { sha256 } from "../files/sha256.ts"
import { frozenParameters } from "../layers/freeze.ts"
import type { Sequential } from "../layers/sequential.ts"
import { plural } from "../text/plural.ts"
import type { PlannedFold } from "../train/cross_validation.ts"
import { foldName } from "../train/fold_name.ts"
import type { FoldPlace } from "../train/fold_state.ts"
import { type Fit, fitWeights } from "../weights/fit_weights.ts"
import { type Metadata, readSafetensors } from "../weights/safetensors.ts"
import type { Weights } from "../weights/weights.ts"
import { trainedOnIn } from "../weights/weights_file.ts"
import { readFileHashes } from "./file_hashes.ts"
import { imageIds } from "./image_ids.ts"
import { weightsFiles } from "./predictor.ts"
import { readRun } from "./read_run.ts"

/** As config.json records it. */
export interface InitFacts {
  /** A weights file or a run folder, absolute. */
  path: string
  /** The one file of all folds, or a file for each fold, in their order. */
  files: { file: string; sha256: string }[]
  /** What the first file says of itself. */
  source: string
  /** Images that they are known to have been trained on; null if that is not known. */
  images: number | null
  /** Tensors that were taken of the first file, and what else was found: see `Fit`. */
  taken: number
  notes: string[]
  unused: string[]
  missing: string[]
}

/** What the weights are for. */
interface Use {
  network: Sequential
  /** Its name. */
  model: string
  /** Prefixes of what is frozen. */
  freeze?: readonly string[]
}

interface InitFile {
  file: string
  sha256: string
  source: string
  trainedOn: string[] | null
  fit: Fit
}

/** First weights of each fold, read and checked. */
export interface InitialWeights {
  facts: InitFacts
  weights(place: FoldPlace): Weights
  /** Ids of the images that they were trained on; empty if none are known. */
  seen(place: FoldPlace): readonly string[]
}

/**
 * What shows before images are read.
 *
 * @throws if there are no weights, they fit nowhere, or leave out what is frozen
 */
export function checkInit(source: string, use: Use): void {
  readInit(weightsFiles(source)[0], use)
}

/**
 * Reads the first weights of a new run.
 *
 * @throws also if a run's folds are not those of the plan, or images that the weights were trained
 * on would be tested
 */
export function initialWeights(source: string, use: Use, data: Dataset, plan: readonly PlannedFold[]): InitialWeights {
  const isRun = statSync(source).isDirectory()
  if (isRun) refuseOtherFolds(source, data, plan)
  const names = isRun ? plan.map((place) => path.join(source, `${foldName(place)}.safetensors`)) : [source]
  const files = names.map((file) => readInit(file, use))
  refuseSeen(files, data, plan)
  const [{ source: about, trainedOn, fit }] = files
  const { weights, ...found } = fit
  const facts = {
    path: path.resolve(source),
    files: files.map(({ file, sha256 }) => ({ file: path.basename(file), sha256 })),
    ...{ source: about, images: trainedOn?.length ?? null, taken: weights.size, ...found },
  }
  return byFold(facts, files, plan)
}

/**
 * The same weights again, for a run that is resumed.
 *
 * @throws if a file has changed or is gone
 */
export function sameInitialWeights(facts: InitFacts, use: Use, plan: readonly FoldPlace[]): InitialWeights {
  const isRun = statSync(facts.path, { throwIfNoEntry: false })?.isDirectory()
  const files = facts.files.map(({ file: name, sha256: then }) => {
    const file = isRun ? path.join(facts.path, name) : facts.path
    const way = "the run started from it. Restore it, or give its new place: --init"
    if (!existsSync(file)) throw new Error(`${file}: no such file; ${way}`)
    if (sha256(readFileSync(file)) !== then) throw new Error(`${file}: it has changed since ${way}`)
    return readInit(file, use)
  })
  return byFold(facts, files, plan)
}

function byFold(facts: InitFacts, files: readonly InitFile[], plan: readonly FoldPlace[]): InitialWeights {
  const of = ({ repeat, fold }: FoldPlace) =>
    files.length === 1 ? files[0] : files[plan.findIndex((other) => other.repeat === repeat && other.fold === fold)]
  return { facts, weights: (place) => of(place).fit.weights, seen: (place) => of(place).trainedOn ?? [] }
}

function readInit(file: string, { network, model, freeze }: Use): InitFile {
  if (/\.(pth?|ckpt|bin)$/i.test(file))
    throw new Error(
      `${file}: this is a file of PyTorch; expected .safetensors. docs/init_weights.md: three lines of Python`,
    )
  const bytes = readFileSync(file)
  const { tensors, metadata } = readSafetensors(bytes, file)
  const fit = fitWeights(network, tensors, file, model)
  const frozen = freeze ? frozenParameters(network, freeze) : []
  const drawn = frozen.filter((name) => !fit.weights.has(name))
  if (drawn.length > 0)
    throw new Error(
      `${file}: ${drawn.slice(0, 4).join(", ")}${drawn.length > 4 ? `, ... (${drawn.length} tensors)` : ""} would stay frozen ` +
        "at random values, since the file does not give them. Freeze only what it gives (--freeze)",
    )
  return { file, sha256: sha256(bytes), source: sourceText(metadata), trainedOn: trainedOnIn(metadata, file), fit }
}

const sourceText = ({ version, model, fold }: Metadata): string =>
  version !== undefined && model !== undefined
    ? `cnn ${version}, ${model}, fold ${fold ?? "unknown"}`
    : "not written by cnn"

/** @throws unless each planned fold tests what the run's fold of that name tests */
function refuseOtherFolds(folder: string, data: Dataset, plan: readonly PlannedFold[]): void {
  const { config, images } = readRun(folder)
  const hashes = readFileHashes(folder)
  const files = images.map(({ file }) => file)
  const named = hashes.size > 0 ? { hashes: files.map((file) => hashes.get(file) ?? "") } : {}
  const theirs = imageIds({ name: config.data.name, files, ...named })
  const ours = imageIds(data)
  const inOrder = (ids: readonly string[]) => [...ids].sort().join()
  const differing = plan.find(({ repeat, fold, split }) => {
    const tested = theirs.filter((_, i) => images[i].repeat === repeat && images[i].fold === fold)
    return inOrder(tested) !== inOrder(split.test.map((index) => ours[index]))
  })
  if (!differing) return
  const isSameSet = inOrder([...new Set(theirs)]) === inOrder([...new Set(ours)])
  const [first] = weightsFiles(folder).map((file) => path.basename(file))
  throw new Error(
    `--init ${folder}: a run gives each fold the weights of its own fold, so it must have the same images in the same folds; ${
      isSameSet
        ? "it has the same images in other folds. Give the run's own --folds, --seed and --repeats, which make the same folds; " +
          "or name a single weights file that was trained on other images: --init FILE"
        : `it has other images. For all folds alike, name a single weights file: --init ${path.join(folder, first)}`
    }`,
  )
}

const NAMED = 3

/** @throws if a fold would test what its first weights were trained on, naming fold and images */
function refuseSeen(files: readonly InitFile[], data: Dataset, plan: readonly PlannedFold[]): void {
  const ids = imageIds(data)
  const known = files.map(({ trainedOn }) => new Set(trainedOn))
  const rows = plan.flatMap((planned, k) => {
    const seen = planned.split.test.filter((index) => known[k % known.length].has(ids[index]))
    if (seen.length === 0) return []
    const names = seen.slice(0, NAMED).map((index) => data.files[index])
    return [
      `\n  ${foldName(planned)}: ${plural(seen.length, "image")} (${names.join(", ")}${seen.length > NAMED ? ", ..." : ""})`,
    ]
  })
  if (rows.length === 0) return
  throw new Error(
    `${files[0].file}: it was trained on images that this run would test, so the result would not be out of fold:${rows.join("")}\n` +
      "Start from weights that were trained on other images; or, from a run on these images, with the same folds: --init RUN",
  )
}
