/** Which images of a new set a run was trained on: the same files, the same pixels, or near copies of its images. */
import { existsSync } from "node:fs"
import path from "node:path"
import { type ExamineOptions, examine } from "../audit/examine.ts"
import { nearCopies, SIDE, type Sketch, sketch } from "../audit/near_copies.ts"
import type { Dataset } from "../data/dataset.ts"
import { fitSquare } from "../data/fit.ts"
import { readImage } from "../data/read_image.ts"
import { Union } from "../data/union.ts"
import { cacheFolder } from "../files/cache_folder.ts"
import { sha256 } from "../files/sha256.ts"
import { type DataSource, readData } from "../run/data_source.ts"
import { readFileHashes } from "../run/file_hashes.ts"
import type { RunConfig } from "../run/run_config.ts"
import { plural } from "../text/plural.ts"

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
  const drawn = source.kind === "phantom" ? await readData(source, { ...options, onProgress: undefined, size: data.size }) : undefined // biome-ignore format: one
  const known = drawn ? byPixels(drawn) : byContent(hashes)
  const keys = drawn ? pixelHashes(data) : (data.hashes ?? [])
  const of = (original: string) => `${original}, which ${run.folder} was trained on`
  const images = data.files.flatMap((file, i) => {
    const original = known.get(keys[i])
    return original === undefined ? [] : [{ file, reason: `the same ${drawn ? "picture" : "file"} as ${of(original)}` }]
  })
  if (!options.near) return { images, gaps: ["Near copies of the run's images were not looked for: --no-audit."] }
  const seen = new Set(images.map(({ file }) => file))
  const others = data.files.filter((file) => !seen.has(file))
  const near = drawn
    ? await nearDrawn(drawn, dir, others, options)
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

const byContent = (hashes: ReadonlyMap<string, string>) => new Map([...hashes].map(([file, hash]) => [hash, file]))

const byPixels = (data: Dataset) => new Map(pixelHashes(data).map((hash, i) => [hash, data.files[i]]))

function pixelHashes({ files, pixels, size }: Dataset): string[] {
  const area = size * size
  return files.map((_, i) => sha256(pixels.subarray(i * area, (i + 1) * area)))
}

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
        ? [`${cannot} ${plural(gone, "image")} of ${hashes.size} ${gone === 1 ? "is" : "are"} gone from ${from}, or changed.`] // biome-ignore format: one
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

/** Drawn images are drawn again. */
async function nearDrawn(drawn: Dataset, dir: string, files: readonly string[], options: SeenOptions): Promise<Near> {
  const { size, pixels } = drawn
  const area = size * size
  const sketches: Sketch[] = drawn.files.map((_, i) =>
    sketch(fitSquare({ pixels: pixels.subarray(i * area, (i + 1) * area), width: size, height: size }, SIDE)),
  )
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
