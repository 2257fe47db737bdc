/** Where a run's images come from, as config.json records it, and the images. */
import type { Dataset } from "../data/dataset.ts"
import { loadFolder, undecoded } from "../data/load.ts"
import { drawPhantoms, phantomClasses } from "../data/phantom.ts"
import { imageAt } from "../data/pixels.ts"
import type { Pseudonyms } from "../data/pseudonyms.ts"
import { classify } from "../data/table_classes.ts"
import { findImages } from "../data/walk.ts"
import { sha256Of } from "../files/sha256.ts"
import type { TrainConfig } from "../train/config.ts"
import type { Split } from "../train/context.ts"
import { splits } from "../train/cross_validation.ts"

export type DataSource =
  | { kind: "phantom"; count: number; seed: number; byType: boolean }
  | {
      kind: "folder"
      /** Absolute. */
      dir: string
      positive?: string
      classes?: string
      groupsFile?: string
      groupBy?: string
      groupNames?: boolean
      /** See `StrayOptions`. */
      allImages?: boolean
      strict: boolean
      /** Table of the images' classes, absolute; absent if folders name them. */
      labels?: string
      labelColumn?: string
      fileColumn?: string
    }

/** The classes of its images, before one is read; none if there are no images. */
export async function classesIn(source: DataSource): Promise<string[]> {
  if (source.kind === "phantom") return phantomClasses(source.byType)
  const { files, skipped } = await findImages(source.dir)
  return files.length > 0 ? (await classify(source.dir, files, source, skipped)).classes : []
}

/**
 * Refuses the set's own split, or folds by a column, if these images have none such, before one is
 * decoded. Folds that are drawn are left unchecked.
 *
 * @returns the folds; none if they are drawn
 */
export async function checkFolds(source: DataSource, config: TrainConfig): Promise<Split[]> {
  if (source.kind === "phantom" || (config.split === undefined && config.foldsBy === undefined)) return []
  return splits(await undecoded(source.dir, source), config)
}

interface ReadOptions {
  /** Width and height of the images, in pixels. */
  size: number
  /** Classes that the images of a folder are to be of, see `ClassOptions`. */
  known?: readonly string[]
  /** Of the patients of DICOM files, where a run goes on. */
  pseudonyms?: Pseudonyms
  onProgress?: (done: number, total: number) => void
  /** Ends the reading between two images, with the signal's reason. */
  signal?: AbortSignal
}

export async function readData(source: DataSource, options: ReadOptions): Promise<Dataset> {
  if (source.kind === "folder") return loadFolder(source.dir, { ...source, ...options })
  const drawing = drawPhantoms({ ...source, size: options.size })
  options.onProgress?.(0, source.count)
  for (;;) {
    const { done, value } = drawing.next()
    if (done) return value
    options.onProgress?.(value, source.count)
    // Lets Ctrl-C and the progress bar in between.
    await new Promise(setImmediate)
    options.signal?.throwIfAborted()
  }
}

/**
 * SHA-256 over names, classes, groups and pixels: two runs with the same hash were given the same.
 */
export function dataHash(data: Dataset): string {
  return sha256Of(hashedParts(data))
}

function* hashedParts(data: Dataset): Generator<string | Uint8Array> {
  const { files, classes, labels } = data
  yield JSON.stringify({ files, classes, labels: [...labels], groups: hashedGroups(data) })
  for (let i = 0; i < files.length; i++) yield imageAt(data, i)
}

/**
 * Names that are made up for each run are others each time: there the first file of a group stands
 * for it.
 */
function hashedGroups({ files, groups, pseudonyms }: Dataset): string[] {
  if (!pseudonyms?.size) return groups
  const first = new Map<string, string>()
  return groups.map((group, i) => first.get(group) ?? first.set(group, files[i]).get(group)!)
}
