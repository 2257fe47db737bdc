import { cacheFolder } from "../files/cache_folder.ts"
import { trimToLimit } from "../files/cache_limit.ts"
import { cacheWrites } from "../files/cached_file.ts"
import { warn } from "./print.ts"

/**
 * After a command: says once if the cache could not be written, which only costs time, and keeps it
 * within its limit.
 */
export function lookAfterCache(): void {
  const { error, bytes } = cacheWrites
  if (error) warn(`warning: the next run must read these images again. ${error.message}`)
  if (bytes === 0) return
  const folder = cacheFolder()
  try {
    if (folder !== undefined) trimToLimit(folder)
  } catch (problem) {
    warn(`warning: the cache is over its limit. ${(problem as Error).message}`)
  }
}
