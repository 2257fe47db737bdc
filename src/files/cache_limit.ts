/** The limit that `cnn cache --limit` set, kept in the cache folder itself. Node only. */
import { readFileSync, rmSync } from "node:fs"
import path from "node:path"
import { type CacheFile, trimCache } from "./cache_contents.ts"
import { writeWhole } from "./write_whole.ts"

const fileIn = (folder: string): string => path.join(folder, "limit.json")

/** Bytes; undefined if none is set or the file is damaged. */
export function cacheLimit(folder: string): number | undefined {
  try {
    const { bytes } = JSON.parse(readFileSync(fileIn(folder), "utf8"))
    return Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : undefined
  } catch {
    return undefined
  }
}

/** @param bytes undefined removes the limit */
export function setCacheLimit(folder: string, bytes: number | undefined): void {
  if (bytes === undefined) rmSync(fileIn(folder), { force: true })
  else writeWhole(fileIn(folder), `${JSON.stringify({ bytes })}\n`, { mode: 0o600 })
}

/** Removes what is over the folder's limit, if it has one. @returns what was removed */
export function trimToLimit(folder: string): CacheFile[] {
  const limit = cacheLimit(folder)
  return limit === undefined ? [] : trimCache(folder, limit)
}
