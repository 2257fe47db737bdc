/**
 * What lies in a cache folder. A file counts as this program's own only if its whole path is one
 * that it writes, since CNN_CACHE may name a folder that holds other things: those are never
 * touched, and links are never followed. Node only.
 */
import { type Dirent, lstatSync, readdirSync, rmdirSync, rmSync } from "node:fs"
import path from "node:path"

/** What the pattern matches, from the cache folder on, with "/" between. */
const KINDS = {
  // Versions before 0.3 kept each image in a separate file.
  images: /^images\/[\w.-]+\/\d+\/([0-9a-f-]{36}\.pack|[0-9a-f]{2}\/[0-9a-f]{64})$/,
  audits: /^audit\/[\w.-]+\/[0-9a-f]{64}\.json$/,
  tables: /^tuned\/[0-9a-f]{12}\.json$/,
  driver:
    /^swiftshader-[0-9a-f]{16}\/(libvk_swiftshader\.so|libvulkan\.so\.1|vk_swiftshader_icd\.json|manifest\.json)$/,
}

export type CacheKind = keyof typeof KINDS
export const cacheKinds = Object.keys(KINDS) as CacheKind[]

/** Those that grow with every set of images, and that cost nothing but time to make again. */
const GROWING: readonly CacheKind[] = ["images", "audits"]

/**
 * What a process that was killed while writing left of a file, in this version and in earlier ones.
 */
const PART = /\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(\.part)?$/

export interface CacheFile {
  file: string
  kind: CacheKind
  bytes: number
  /** Milliseconds since 1970. */
  written: number
}

/** This program's files in a cache folder. */
export function cacheFiles(folder: string): CacheFile[] {
  const found: CacheFile[] = []
  for (const name of filesBelow(folder, "")) {
    const kind = cacheKinds.find((one) => KINDS[one].test(name.replace(PART, "")))
    const file = path.join(folder, name)
    // Another process may have removed it since.
    const stat = kind && lstatSync(file, { throwIfNoEntry: false })
    if (stat) found.push({ file, kind: kind!, bytes: stat.size, written: stat.mtimeMs })
  }
  return found
}

/**
 * Paths with "/" between, from `folder` on; of its own folders only those that this program makes.
 */
function filesBelow(folder: string, below: string): string[] {
  return entries(path.join(folder, below)).flatMap((entry) => {
    const name = below === "" ? entry.name : `${below}/${entry.name}`
    if (entry.isFile()) return [name]
    return entry.isDirectory() && FOLDER.test(name) ? filesBelow(folder, name) : []
  })
}

const FOLDER = /^(images|audit|tuned|swiftshader-[0-9a-f]{16})(\/|$)/

function entries(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}

export const bytesOf = (files: readonly CacheFile[]): number => files.reduce((sum, { bytes }) => sum + bytes, 0)

/**
 * Removes the oldest images and audits until the rest of them takes up no more than the limit.
 *
 * @returns what was removed
 */
export function trimCache(folder: string, limit: number): CacheFile[] {
  const growing = cacheFiles(folder).filter(({ kind }) => GROWING.includes(kind))
  const removed: CacheFile[] = []
  let left = bytesOf(growing)
  for (const file of growing.sort((a, b) => a.written - b.written)) {
    if (left <= limit) break
    remove(folder, file)
    removed.push(file)
    left -= file.bytes
  }
  return removed
}

/**
 * Removes all of this program's files, and its folders that are empty then. @returns what was
 * removed
 */
export function clearCache(folder: string): CacheFile[] {
  const files = cacheFiles(folder)
  for (const file of files) remove(folder, file)
  return files
}

/** @throws if it cannot be removed, naming it */
function remove(folder: string, { file }: CacheFile): void {
  rmSync(file, { force: true })
  for (let above = path.dirname(file); above !== folder; above = path.dirname(above)) {
    try {
      rmdirSync(above)
    } catch {
      // Something is in it still.
      return
    }
  }
}
