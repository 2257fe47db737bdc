import { availableParallelism } from "node:os"
import path from "node:path"
import { cacheFolder } from "../files/cache_folder.ts"
import type { PackEntry, Packs } from "../files/packs.ts"
import { plural } from "../text/plural.ts"
import { holdsImages } from "./beside.ts"
import { blankReason, mayBeBlank } from "./blank.ts"
import { classTree, tableTree } from "./class_tree.ts"
import type { Dataset } from "./dataset.ts"
import { aspectRatios } from "./dimensions.ts"
import { findGroups, type GroupOptions } from "./groups.ts"
import { joinIdentical } from "./identical.ts"
import { imageCache } from "./image_cache.ts"
import { keepText, leftOutCounts, leftOutText, noImages } from "./left_out.ts"
import { PackedImages } from "./packed_images.ts"
import { imageAt, type Pixels } from "./pixels.ts"
import { mayBePlain } from "./plain.ts"
import { Pseudonyms } from "./pseudonyms.ts"
import { type Image, ImageError, ownReason, readImage } from "./read_image.ts"
import { findStrays, type StrayOptions } from "./strays.ts"
import { classify, columnsOf, type LabelOptions, partsOf } from "./table_classes.ts"
import { tableGroups } from "./table_groups.ts"
import { byCodeUnit, findImages, type Skipped } from "./walk.ts"

export interface LoadOptions extends GroupOptions, LabelOptions, StrayOptions {
  /** Width and height of the decoded images, in pixels. */
  size: number
  /**
   * Make every file that would be skipped an error, and everything that does not fit a labels
   * table.
   */
  strict?: boolean
  /** Called after each image, and once with 0 done. */
  onProgress?: (done: number, total: number) => void
  /** Where decoded images are kept; false for nowhere. The default is the user's cache folder. */
  cacheDir?: string | false
  /**
   * The most bytes of decoded images that are kept in memory: a larger set stays in the cache, if
   * there is one, and is read from there batch by batch.
   */
  memory?: number
  /** Ends the loading between two images, with the signal's reason. */
  signal?: AbortSignal
}

/** 1,024 images of 256 x 256 pixels. */
const MEMORY = 64 * 2 ** 20

/** What is kept of an image while the others are decoded. */
interface Loaded {
  hash: string
  /** In memory or in the cache. */
  pixels: Uint8Array | PackEntry
  mayBePlain: boolean
}

/**
 * The images in `dir`, one folder a class or with the classes in the table `labels`, decoded to [N,
 * size, size] gray values in the order of their sorted paths. Throws if there are no two classes
 * with readable images (with `known`, none), if the groups do not fit, and with `strict` if any
 * file cannot be used; every message says what was found and what to do.
 */
export async function loadFolder(dir: string, options: LoadOptions): Promise<Dataset> {
  const { size } = options
  if (!Number.isInteger(size) || size < 1)
    throw new Error(`size is ${size}; expected a whole number of pixels, 1 or more`)
  // Before the long work, so that a mistake in classes and groups shows at once.
  const { found, classified, grouping } = await describe(dir, options)
  const { classes, files, labels, dirs, skipped, table } = classified
  const { images, failed } = await decodeAll(dir, files, options)
  const strays = options.allImages ? [] : await takeStrays(dir, { files, labels, images })

  const copies = found.beside.filter(({ reason }) => holdsImages(reason))
  const all = [...found.skipped, ...copies, ...skipped, ...failed, ...strays].sort((a, b) => byCodeUnit(a.file, b.file))
  if (options.strict && all.length > 0)
    throw new Error(
      `${dir}: ${plural(all.length, "file")} cannot be used, and --strict allows none:\n${leftOutTexts(all)}`,
    )
  const good = [...files.keys()].filter((i) => images[i] !== undefined)
  const used = good.map((i) => files[i])
  const usedLabels = Uint8Array.from(good, (i) => labels[i])
  const hashes = good.map((i) => images[i]!.hash)
  const data: Dataset = {
    name: dir,
    size,
    pixels: together(
      good.map((i) => images[i]!.pixels),
      size,
    ),
    classes,
    labels: usedLabels,
    parts: partsOf(used, classified),
    columns: columnsOf(used, classified),
    table: table?.facts,
    tree: table
      ? tableTree(classes, usedLabels, table.facts)
      : classTree(classes, usedLabels, used.map((file) => dirs.get(file)!)), // biome-ignore format: short
    files: used,
    hashes,
    ...joinIdentical(await findGroups(dir, used, grouping), hashes),
    pseudonyms: grouping.pseudonyms.names,
    skipped: all,
    beside: found.beside.filter(({ reason }) => !holdsImages(reason)),
  }
  checkNoneEmpty(dir, data, options)
  if (!options.known) checkNotAllEqual(dir, data)
  return data
}

/** What is known of the images before one is decoded: enough to divide them into folds. */
export async function undecoded(dir: string, options: Omit<LoadOptions, "size">) {
  const { classified, groups } = await describe(dir, options)
  const { files, classes, labels } = classified
  return { files, classes, labels, ...groups, parts: partsOf(files, classified), columns: columnsOf(files, classified) }
}

async function describe(dir: string, options: Omit<LoadOptions, "size">) {
  const found = await findImages(dir)
  if (found.files.length === 0) throw noImages(dir, found.skipped)
  const classified = await classify(dir, found.files, options, found.skipped)
  const { dirs, table } = classified
  const { pseudonyms = new Pseudonyms() } = options
  const grouping = { ...options, classDirs: dirs, pseudonyms, ...tableGroups(table) }
  return { found, classified, grouping, groups: await findGroups(dir, classified.files, grouping) }
}

/** One image a file, undefined where it failed. */
async function decodeAll(dir: string, files: string[], options: LoadOptions) {
  const { size, memory = MEMORY, onProgress, signal } = options
  const cacheDir = options.cacheDir ?? cacheFolder()
  const cache = cacheDir ? imageCache(cacheDir, size) : undefined
  const stored = files.length * size * size > memory ? cache : undefined
  const images = new Array<Loaded | undefined>(files.length)
  const failed: Skipped[] = []
  let next = 0
  let done = 0
  const worker = async () => {
    while (next < files.length) {
      signal?.throwIfAborted()
      const i = next++
      try {
        const image = await readImage(path.join(dir, files[i]), size, cache)
        const blank =
          mayBeBlank(image.pixels) && blankReason(image.pixels, size, (await aspectRatios(dir, [files[i]]))[0])
        if (image.own && !options.allImages) failed.push({ file: files[i], reason: ownReason(image.own) })
        else if (blank) failed.push({ file: files[i], reason: blank })
        else images[i] = loaded(image, stored)
      } catch (error) {
        if (!(error instanceof ImageError)) throw error
        failed.push({ file: files[i], reason: error.reason })
      }
      onProgress?.(++done, files.length)
    }
  }
  onProgress?.(0, files.length)
  // A few more than cores: while some decode on the thread pool, others wait for the disk.
  await Promise.all(Array.from({ length: availableParallelism() + 2 }, worker))
  return { images, failed }
}

/** Takes what is no film out of `images`. */
async function takeStrays(
  dir: string,
  { files, labels, images }: { files: string[]; labels: ArrayLike<number>; images: (Loaded | undefined)[] },
): Promise<Skipped[]> {
  const there = [...files.keys()].filter((i) => images[i] !== undefined)
  const suspects = there.map((i) => ({
    file: files[i],
    label: labels[i],
    mayBePlain: images[i]!.mayBePlain,
  }))
  return [...(await findStrays(dir, suspects))].map(([k, reason]) => {
    images[there[k]] = undefined
    return { file: suspects[k].file, reason }
  })
}

/** How many of each kind, which, and what to do about them. */
const leftOutTexts = (all: readonly Skipped[]): string =>
  [leftOutText(all), leftOutCounts(all), keepText(all)].filter((line) => line !== "").join("\n")

/** Its pixels stay in memory if they are not stored. */
const loaded = ({ hash, pixels }: Image, stored: Packs | undefined): Loaded => ({
  hash,
  pixels: stored?.entry(hash) ?? pixels,
  mayBePlain: mayBePlain(pixels),
})

function together(images: readonly (Uint8Array | PackEntry)[], size: number): Pixels {
  const inMemory = images.filter((image) => image instanceof Uint8Array)
  if (inMemory.length < images.length) return new PackedImages(images)
  const out = new Uint8Array(images.length * size * size)
  for (const [i, image] of inMemory.entries()) out.set(image, i * size * size)
  return out
}

/** Of known classes, some may be. */
function checkNoneEmpty(dir: string, data: Dataset, { known }: LabelOptions): void {
  const empty = data.classes.filter((_, label) => !data.labels.includes(label))
  if (empty.length === 0 || (known && data.files.length > 0)) return
  const names = empty.map((name) => `"${name}"`).join(", ")
  throw new Error(
    `${dir}: no readable image left in class ${names}; ${plural(data.skipped.length, "file")} skipped:\n${leftOutTexts(data.skipped)}`,
  )
}

function checkNotAllEqual(dir: string, data: Dataset): void {
  const { files, size } = data
  const first = imageAt(data, 0)
  if (files.some((_, i) => Buffer.compare(imageAt(data, i), first) !== 0)) return
  throw new Error(
    `${dir}: all ${plural(files.length, "image")} are equal, pixel by pixel at ${size} x ${size}, so nothing tells the classes ` +
      `apart. Look at ${files[0]} and at how the files were made or copied.`,
  )
}
