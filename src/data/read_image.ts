/** Image files as what networks are given: gray squares. */
import { readFile } from "node:fs/promises"
import sharp from "sharp"
import type { Packs } from "../files/packs.ts"
import { sha256 } from "../files/sha256.ts"
import { formatNames, formatOf, type ImageFacts, otherKindOf } from "./formats.ts"
import { type OwnKind, ownImage } from "./own_images.ts"

/** Part of each cache key: raise it whenever the same file would give other pixels than before. */
export const DECODER = `cnn4-vips${sharp.versions.vips}`

/** Why an image file cannot be used; the message begins with its name. */
export class ImageError extends Error {
  constructor(
    file: string,
    readonly reason: string,
    cause: Error,
    /**
     * The system's, where the file could not be read at the moment; undefined if its content is at
     * fault.
     */
    readonly code?: string,
  ) {
    super(`${file}: ${reason}`, { cause })
  }
}

export interface Image {
  /** Gray values 0..255, [size, size] row by row. */
  pixels: Uint8Array
  /** SHA-256 of the file's content. */
  hash: string
  /** What it is if this program drew it. */
  own?: OwnKind
}

/** Why nothing is made of a picture that this program drew. */
export const ownReason = (own: OwnKind): string => `${own} that this program drew, no film`

/**
 * Reads and decodes an image file: gray values 0..255, scaled into a square, and the file's
 * SHA-256.
 *
 * @param size width and height of the square, in pixels
 * @param cache decoded images, looked into first and added to
 * @throws ImageError if the file cannot be read, or `decodeImage` refuses it
 */
export async function readImage(file: string, size: number, cache?: Packs): Promise<Image> {
  const bytes = await readImageFile(file)
  const hash = sha256(bytes)
  const own = await ownImage(bytes)
  const known = await cache?.get(hash)
  if (known) return { pixels: known, hash, own }
  const pixels = await decodeImage(bytes, size).catch((error: Error) => {
    throw new ImageError(file, error.message, error)
  })
  cache?.set(hash, pixels)
  return { pixels, hash, own }
}

/** The content of an image file. @throws ImageError */
export async function readImageFile(file: string): Promise<Buffer> {
  return readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new ImageError(file, unreadable(error), error, error.code)
  })
}

function unreadable({ code, message }: NodeJS.ErrnoException): string {
  if (code === "ENOENT") return "no such file"
  if (code === "EISDIR") return "is a folder; name the images in it"
  return `cannot be read (${code ?? message})`
}

/**
 * The image in `bytes` as gray values 0..255, [size, size] row by row: see `ImageDecoder`, and each
 * decoder for what becomes of colour and depth.
 *
 * @throws with the reason if the file is empty, no image, truncated, damaged, over 100 megapixels
 * or 65,535 pixels on a side, or has other than 8 or 16-bit samples
 */
export async function decodeImage(bytes: Uint8Array, size: number): Promise<Uint8Array> {
  return knownFormat(bytes).decoder.decode(bytes, size)
}

/** What can be said of a file without looking at its picture. */
export interface FileFacts extends ImageFacts {
  /** Length in bytes. */
  bytes: number
  format: string
}

/** @throws where the header cannot be read */
export async function fileFacts(bytes: Uint8Array): Promise<FileFacts> {
  const { name, decoder } = knownFormat(bytes)
  return { bytes: bytes.length, format: name.toLowerCase(), ...(await decoder.facts(bytes)) }
}

function knownFormat(bytes: Uint8Array) {
  if (bytes.length === 0) throw new Error("the file is empty")
  const format = formatOf(bytes)
  if (format) return format
  const other = otherKindOf(bytes)
  if (other) throw new Error(`is a ${other} file, whatever its name says: convert it to PNG`)
  throw new Error(`not an image: its content is none of ${formatNames(", ")}`)
}
