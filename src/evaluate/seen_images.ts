/** Which images of a set a run was trained on: the same files, the same pixels, or near copies. */
import { existsSync } from "node:fs"
import path from "node:path"
import { type ExamineOptions, examine } from "../audit/examine.ts"
import { nearCopies, SIDE, type Sketch, sketch } from "../audit/near_copies.ts"
import type { Dataset } from "../data/dataset.ts"
import { imageAt } from "../data/pixels.ts"
import { fileFacts, readImage, readImageFile } from "../data/read_image.ts"
import { Union } from "../data/union.ts"
import { cacheFolder } from "../files/cache_folder.ts"
import { sha256 } from "../files/sha256.ts"
import { MAX_SIZE } from "../models/define_network.ts"
import { type DataSource, readData } from "../run/data_source.ts"
import { readFileHashes } from "../run/file_hashes.ts"
import { imageIds } from "../run/image_ids.ts"
import { weightsFiles } from "../run/predictor.ts"
import type { RunConfig } from "../run/run_config.ts"
import { plural } from "../text/plural.ts"
import { readWeights } from "../weights/read_weights.ts"

export interface SeenImage {
  file: string
  reason: string
}

export interface Seen {
  images: SeenImage[]
  /** What could not be looked for, and why; empty if all was. */
  gaps: string[]
}

export interface SeenOptions extends Omit<ExamineOptions, "cacheDir"> {
  /** Whether to look for near copies, which takes as long as an audit of both sets. */
  near: boolean
}

interface TrainedRun {
  folder: string
  config: RunConfig
}

/**
 * @param dir the folder that the files of `data` lie in
 * @param data read at the run's size
 */
export async function seenImages(run: TrainedRun, dir: string, data: Dataset, options: SeenOptions): Promise<Seen> {
  const { source } = run.config
  const hashes = readFileHashes(run.folder)
  const draw = (size: number) => readData(source, { ...options, onProgress: undefined, size })
  const isDrawn = source.kind === "phantom"
  const same = isDrawn ? await sameDrawings(draw, dir, data.files) : sameFiles(hashes, data)
  const of = (original: string) => `${original}, which ${run.folder} was trained on`
  const what = isDrawn ? "picture" : "file"
  const begun = run.config.init ? seenBefore(run.folder, data).filter((file) => !same.has(file)) : []
  const images = [
    ...[...same].map(([file, original]) => ({ file, reason: `the same ${what} as ${of(original)}` })),
    ...begun.map((file) => ({ file, reason: `${run.folder} began with weights that were trained on it` })),
  ]
  if (!options.near) return { images, gaps: ["Near copies of the run's images were not looked for: --no-audit."] }
  const others = data.files.filter((file) => !same.has(file) && !begun.includes(file))
  const near = isDrawn
    ? await nearDrawn(await draw(SIDE), dir, others, options)
    : await nearFiles(source as Folder, hashes, dir, others, options)
  const copies = near.pairs.map(([file, original]) => ({ file, reason: `a near copy of ${of(original)}` }))
  return { images: [...images, ...copies], gaps: near.gaps }
}

type Folder = Extract<DataSource, { kind: "folder" }>

interface Near {
  /** A new file and an image of the run. */
  pairs: [file: string, original: string][]
  gaps: string[]
}

/** New files and the run's files with the same content. */
function sameFiles(hashes: ReadonlyMap<string, string>, data: Dataset): Map<string, string> {
  const known = new Map([...hashes].map(([file, hash]) => [hash, file]))
  const pairs = data.files.map((file, i) => [file, known.get(data.hashes?.[i] ?? "")] as const)
  return new Map(pairs.filter((pair): pair is [string, string] => pair[1] !== undefined))
}

/** Files that the run's networks have seen, in the run or before it. */
function seenBefore(folder: string, data: Dataset): string[] {
  const seen = new Set(weightsFiles(folder).flatMap((file) => readWeights(file).trainedOn ?? []))
  const ids = imageIds(data)
  return data.files.filter((_, i) => seen.has(ids[i]))
}

/** A folder of drawings has one size, or a few; radiographs have many, and none is a drawing. */
const MOST_SIZES = 4

/**
 * New files and the run's drawings that they show. A drawing is compared at the file's own size,
 * since no scaled one is the same.
 */
async function sameDrawings(
  draw: (size: number) => Promise<Dataset>,
  dir: string,
  files: readonly string[],
): Promise<Map<string, string>> {
  const bySize = new Map<number, string[]>()
  for (const file of files) {
    const { width, height } = await fileFacts(await readImageFile(path.join(dir, file)))
    if (width === height && width <= MAX_SIZE) bySize.set(width, [...(bySize.get(width) ?? []), file])
  }
  const found = new Map<string, string>()
  if (bySize.size > MOST_SIZES) return found
  for (const [size, some] of bySize) {
    const drawn = await draw(size)
    const known = new Map(pixelHashes(drawn).map((hash, i) => [hash, drawn.files[i]]))
    for (const file of some) {
      const original = known.get(sha256((await readImage(path.join(dir, file), size)).pixels))
      if (original !== undefined) found.set(file, original)
    }
  }
  return found
}

const pixelHashes = (data: Dataset): string[] => data.files.map((_, i) => sha256(imageAt(data, i)))

async function nearFiles(
  { dir: from }: Folder,
  hashes: ReadonlyMap<string, string>,
  dir: string,
  files: readonly string[],
  options: SeenOptions,
): Promise<Near> {
  const originals = [...hashes.keys()].filter((file) => existsSync(path.join(from, file)))
  const cannot = "Near copies of the run's images could not be looked for:"
  if (originals.length === 0) {
    const why = hashes.size === 0 ? "it does not list its files" : `none of its images is in ${from} any more`
    return { pairs: [], gaps: [`${cannot} ${why}.`] }
  }
  // Under absolute names, since they lie in two folders.
  const places = new Map([
    ...originals.map((file) => [path.join(from, file), file] as const),
    ...files.map((file) => [path.join(dir, file), file] as const),
  ])
  const found = await examine("", [...places.keys()], { ...options, cacheDir: cacheFolder() ?? false })
  const isNew = new Set(files.map((file) => path.join(dir, file)))
  const trained = new Set(
    found.files.filter((place, i) => !isNew.has(place) && hashes.get(places.get(place)!) === found.hashes[i]),
  )
  const gone = hashes.size - trained.size
  const links = [...found.links, ...equal(found.hashes)]
  const pairs = linked(found.files, links, (place) => trained.has(place)).filter(([place]) => isNew.has(place))
  return {
    pairs: pairs.map(([place, original]) => [places.get(place)!, places.get(original)!]),
    gaps:
      gone > 0
        ? [
            `${cannot} ${plural(gone, "image")} of ${hashes.size} ${gone === 1 ? "is" : "are"} gone from ${from}, or changed.`,
          ]
        : [],
  }
}

/** Links between files of one content, of which `examine` compares the first alone. */
function equal(hashes: readonly string[]): { i: number; j: number }[] {
  const first = new Map<string, number>()
  return hashes.flatMap((hash, j) => {
    const i = first.get(hash)
    if (i === undefined) first.set(hash, j)
    return i === undefined ? [] : [{ i, j }]
  })
}

/**
 * @param drawn the run's images, drawn again with SIDE pixels: enlarged from a small size they
 * would look like others
 */
async function nearDrawn(drawn: Dataset, dir: string, files: readonly string[], options: SeenOptions): Promise<Near> {
  const sketches: Sketch[] = drawn.files.map((_, i) => sketch(imageAt(drawn, i)))
  options.onProgress?.({ what: "read", done: 0, total: files.length })
  for (const [i, file] of files.entries()) {
    options.signal?.throwIfAborted()
    sketches.push(sketch((await readImage(path.join(dir, file), SIDE)).pixels))
    options.onProgress?.({ what: "read", done: i + 1, total: files.length })
  }
  const links = await nearCopies(sketches, {
    signal: options.signal,
    onProgress: (done, total) => options.onProgress?.({ what: "compare", done, total }),
  })
  const isDrawn = new Set(drawn.files.map((file) => `drawn ${file}`))
  const names = [...isDrawn, ...files]
  const pairs = linked(names, links, (name) => isDrawn.has(name)).filter(([name]) => !isDrawn.has(name))
  return { pairs: pairs.map(([file, original]) => [file, original.replace(/^drawn /, "")]), gaps: [] }
}

/** Each name that links connect to an original, with the first such one. */
function linked(
  names: readonly string[],
  links: readonly { i: number; j: number }[],
  isOriginal: (name: string) => boolean,
): [string, string][] {
  const union = new Union(names.length)
  for (const { i, j } of links) union.join(i, j)
  const first = new Map<number, string>()
  for (const [i, name] of names.entries())
    if (isOriginal(name) && !first.has(union.root(i))) first.set(union.root(i), name)
  return names.flatMap((name, i) => {
    const original = first.get(union.root(i))
    return original === undefined ? [] : [[name, original] as [string, string]]
  })
}
