import path from "node:path"
import { readCached, writeCached } from "../files/cached_file.ts"
import { DECODER } from "./read_image.ts"

/**
 * Decoded images on disk, one file per image. Its key holds the hash of the image file's content,
 * the size and the decoder's version: a changed file is never mistaken for its former self.
 */
export class ImageCache {
  constructor(readonly folder: string) {}

  /**
   * The pixels [size, size] stored for the SHA-256 of a file; undefined if there are none or they
   * are damaged.
   */
  async get(hash: string, size: number): Promise<Uint8Array | undefined> {
    const pixels = await readCached(this.#file(hash, size), key(hash, size))
    return pixels?.length === size * size ? pixels : undefined
  }

  set(hash: string, size: number, pixels: Uint8Array): void {
    writeCached(this.#file(hash, size), key(hash, size), pixels)
  }

  #file(hash: string, size: number): string {
    return path.join(this.folder, "images", DECODER, String(size), hash.slice(0, 2), hash)
  }
}

const key = (hash: string, size: number): string => `${DECODER} ${size} ${hash} `
