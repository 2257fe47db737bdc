/**
 * Files of the cache: the SHA-256 of key and content, then the content. A damaged one, and one
 * under another's name, counts as none, and a cache that cannot be read or written only costs time.
 * What is in it may be of patients: only the user can read it.
 */
import { readFile } from "node:fs/promises"
import path from "node:path"
import { makeFolder } from "./folders.ts"
import { sha256 } from "./sha256.ts"
import { writeWhole } from "./write_whole.ts"

/** Bytes of a SHA-256. */
const DIGEST = 32

/** What this process has written into the cache, and what first kept it from writing. */
export const cacheWrites: { bytes: number; error?: Error } = { bytes: 0 }

/** The content that was stored under this key; undefined if there is none or it is damaged. */
export async function readCached(file: string, key: string): Promise<Buffer | undefined> {
  const entry = await readFile(file).catch(() => undefined)
  if (entry === undefined || entry.length < DIGEST) return undefined
  const content = entry.subarray(DIGEST)
  return sha256(key, content) === entry.toString("hex", 0, DIGEST) ? content : undefined
}

export function writeCached(file: string, key: string, content: string | Uint8Array): void {
  const entry = Buffer.concat([Buffer.from(sha256(key, content), "hex"), Buffer.from(content)])
  try {
    makeFolder(path.dirname(file), 0o700)
    writeWhole(file, entry, { mode: 0o600, durable: false })
    cacheWrites.bytes += entry.length
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error
    cacheWrites.error ??= error as Error
  }
}
