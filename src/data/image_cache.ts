import path from "node:path"
import { Packs } from "../files/packs.ts"
import { DECODER } from "./read_image.ts"

/**
 * Decoded images of one size on disk, each under the SHA-256 of its file's content: a changed file
 * is never mistaken for its former self, and sets that share images share their pixels.
 */
export const imageCache = (folder: string, size: number): Packs =>
  new Packs(path.join(folder, "images", DECODER, String(size)), `${DECODER} ${size}`, size * size)
