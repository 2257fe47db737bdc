/** Everything that is measured of the files themselves, whatever class or group they are in. */
import { availableParallelism } from "node:os"
import path from "node:path"
import { blankReason } from "../data/blank.ts"
import { type OwnKind, ownImage } from "../data/own_images.ts"
import { mayBePlain } from "../data/plain.ts"
import { decodeImage, type FileFacts, fileFacts, ImageError, readImageFile } from "../data/read_image.ts"
import type { Skipped } from "../data/walk.ts"
import { sha256 } from "../files/sha256.ts"
import { AuditCache } from "./audit_cache.ts"
import { type Glance, glance } from "./clues.ts"
import { type Look, look } from "./look.ts"
import { type NearCopy, nearCopies, SIDE, type Sketch, sketch } from "./near_copies.ts"
import { SketchFile } from "./sketch_file.ts"

export interface Progress {
  what: "read" | "compare"
  done: number
  total: number
}

export interface ExamineOptions {
  onProgress?: (progress: Progress) => void
  /** Ends it between two images, with the signal's reason. */
  signal?: AbortSignal
  /** Where findings are kept for the next time; false for nowhere. */
  cacheDir: string | false
}

export interface Facts extends FileFacts, Look, Glance {
  /** See `mayBePlain`. */
  mayBePlain: boolean
  /** What it is if this program drew it. */
  own?: OwnKind
}

export interface Examined {
  /** Those that could be decoded; one entry of the other arrays each. */
  files: string[]
  /** Of the files' contents. */
  hashes: string[]
  facts: Facts[]
  /** Indices into `files`; of files with the same content the first stands for all. */
  links: NearCopy[]
  failed: Skipped[]
}

/** @param files relative to `dir`, sorted */
export async function examine(dir: string, files: readonly string[], options: ExamineOptions): Promise<Examined> {
  const failed: Skipped[] = []
  const hashOf = async (file: string) => sha256(await readImageFile(path.join(dir, file)))
  const hashes = await each(files, options, hashOf, (file, error) => failed.push({ file, reason: reasonOf(error) }))
  const cache = options.cacheDir === false ? undefined : new AuditCache(options.cacheDir)
  const readable = [...files.keys()].filter((i) => hashes[i] !== undefined)
  const unique = [...new Set(readable.map((i) => hashes[i]!))]
  const known = await cache?.get(unique)
  const first = new Map(readable.map((i) => [hashes[i]!, files[i]] as const).reverse())
  const { measured, lasts } = known ? { measured: known, lasts: true } : await measure(dir, unique, first, options)
  if (!known && lasts) cache?.set(unique, measured)

  const good = readable.filter((i) => measured.failed[hashes[i]!] === undefined)
  for (const i of readable) {
    const reason = measured.failed[hashes[i]!]
    if (reason !== undefined) failed.push({ file: files[i], reason })
  }
  const place = new Map(good.map((i, k) => [hashes[i]!, k] as const).reverse())
  return {
    files: good.map((i) => files[i]),
    hashes: good.map((i) => hashes[i]!),
    facts: good.map((i) => measured.facts[hashes[i]!]),
    links: measured.links.map((link) => ({ ...link, i: place.get(unique[link.i])!, j: place.get(unique[link.j])! })),
    failed,
  }
}

/** The same without the files at these places. */
export function without(examined: Examined, left: ReadonlySet<number>): Examined {
  if (left.size === 0) return examined
  const { files, hashes, facts, links, failed } = examined
  const kept = [...files.keys()].filter((i) => !left.has(i))
  // A file with the same content may stand in for one that is left out.
  const place = new Map(kept.map((i, k) => [hashes[i], k] as const).reverse())
  return {
    files: kept.map((i) => files[i]),
    hashes: kept.map((i) => hashes[i]),
    facts: kept.map((i) => facts[i]),
    links: links.flatMap((link) => {
      const [i, j] = [place.get(hashes[link.i]), place.get(hashes[link.j])]
      return i === undefined || j === undefined ? [] : [{ ...link, i, j }]
    }),
    failed,
  }
}

/** By content hash, and links between places in the list of hashes: what the cache keeps. */
export interface Measured {
  facts: Record<string, Facts>
  /** Why a file cannot be decoded. */
  failed: Record<string, string>
  links: NearCopy[]
}

/** `lasts` is whether the same contents would give the same again. */
async function measure(
  dir: string,
  unique: string[],
  first: ReadonlyMap<string, string>,
  options: ExamineOptions,
): Promise<{ measured: Measured; lasts: boolean }> {
  const facts: Measured["facts"] = {}
  const failed: Measured["failed"] = {}
  let lasts = true
  const file = new SketchFile(options.cacheDir || undefined)
  try {
    const sketches = await each(
      unique,
      options,
      async (hash) => {
        const { pixels, ...found } = await measureOne(path.join(dir, first.get(hash)!))
        facts[hash] = found
        return file.add(sketch(pixels))
      },
      (hash, error) => {
        failed[hash] = reasonOf(error)
        lasts &&= !isOfTheMoment(error)
      },
    )
    return { measured: { facts, failed, links: await linksOf(sketches, options) }, lasts }
  } finally {
    file.close()
  }
}

/** @throws if it cannot be decoded, or shows nothing */
async function measureOne(file: string): Promise<Facts & { pixels: Uint8Array }> {
  const bytes = await readImageFile(file)
  const pixels = await decodeImage(bytes, SIDE)
  const known = await fileFacts(bytes)
  const ratio = known.width / known.height
  const blank = blankReason(pixels, SIDE, ratio)
  if (blank !== undefined) throw new Error(blank)
  return {
    ...known,
    ...look(pixels, SIDE, ratio),
    ...glance(pixels, SIDE, ratio),
    mayBePlain: mayBePlain(pixels),
    own: await ownImage(bytes),
    pixels,
  }
}

/** Links between places in `sketches`. */
async function linksOf(sketches: readonly (Sketch | undefined)[], options: ExamineOptions): Promise<NearCopy[]> {
  const good = [...sketches.keys()].filter((i) => sketches[i] !== undefined)
  const links = await nearCopies(
    good.map((i) => sketches[i]!),
    {
      signal: options.signal,
      onProgress: (done, total) => options.onProgress?.({ what: "compare", done, total }),
    },
  )
  return links.map((link) => ({ ...link, i: good[link.i], j: good[link.j] }))
}

const reasonOf = (error: Error): string => (error instanceof ImageError ? error.reason : error.message)

/**
 * A file that could not be read now says nothing of its content; that memory ran out, the decoder's
 * words alone tell.
 */
const isOfTheMoment = (error: Error): boolean => error instanceof ImageError || /memory/i.test(error.message)

/** `work` on all items, some at a time; undefined where it threw, which `onError` is told. */
async function each<Value>(
  items: readonly string[],
  { onProgress, signal }: ExamineOptions,
  work: (item: string) => Promise<Value>,
  onError: (item: string, error: Error) => void,
): Promise<(Value | undefined)[]> {
  const values = new Array<Value | undefined>(items.length).fill(undefined)
  let next = 0
  let done = 0
  const worker = async () => {
    while (next < items.length) {
      signal?.throwIfAborted()
      const i = next++
      try {
        values[i] = await work(items[i])
      } catch (error) {
        onError(items[i], error as Error)
      }
      onProgress?.({ what: "read", done: ++done, total: items.length })
    }
  }
  onProgress?.({ what: "read", done: 0, total: items.length })
  await Promise.all(Array.from({ length: availableParallelism() + 2 }, worker))
  return values
}
