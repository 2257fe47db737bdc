import { createHash, randomUUID } from "node:crypto"
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises"
import path from "node:path"
import { DECODER } from "./decode.ts"

const DIGEST = 32
const sha256 = (...parts: (string | Uint8Array)[]): Buffer => {
  const hash = createHash("sha256")
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** Name of a file's content, whatever the file is called. */
export const contentHash = (bytes: Uint8Array): string => sha256(bytes).toString("hex")

/**
 * Decoded images on disk, one file an image: the SHA-256 of key and pixels, then the pixels. The key holds the hash of
 * the image file's content, the size and the decoder's version, so that a changed file is never mistaken for its
 * former self. A cache that cannot be read or written only costs time. The pixels may be of patients: only the user
 * can read them.
 */
export class ImageCache {
  constructor(readonly folder: string) {}

  /** The pixels [size, size] stored for a content hash; undefined if there are none or they are damaged. */
  async get(hash: string, size: number): Promise<Uint8Array | undefined> {
    const entry = await readFile(this.#file(hash, size)).catch(() => undefined)
    if (entry === undefined || entry.length !== DIGEST + size * size) return undefined
    const pixels = entry.subarray(DIGEST)
    return sha256(key(hash, size), pixels).equals(entry.subarray(0, DIGEST)) ? pixels : undefined
  }

  async set(hash: string, size: number, pixels: Uint8Array): Promise<void> {
    const file = this.#file(hash, size)
    const beside = `${file}.${randomUUID()}`
    try {
      await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
      await writeFile(beside, Buffer.concat([sha256(key(hash, size), pixels), pixels]), { mode: 0o600, flag: "wx" })
      await rename(beside, file)
    } catch {
      await rm(beside, { force: true }).catch(() => undefined)
    }
  }

  #file(hash: string, size: number): string {
    return path.join(this.folder, "images", DECODER, String(size), hash.slice(0, 2), hash)
  }
}

const key = (hash: string, size: number): string => `${DECODER} ${size} ${hash} `
