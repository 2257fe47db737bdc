/**
 * Stored bytes to one word a pixel. Screenshots and reports store gray pictures as colour: three
 * samples, all alike.
 */
import { type ColourModel, type DicomHeader, inColour } from "./header.ts"

/** Stored values, little-endian. */
export interface Stored {
  bytes: Uint8Array
  bytesPerSample: 1 | 2
  /** Of three samples, how they are written now, which a decoder may have changed. */
  colour?: ColourModel
  planar?: boolean
}

/**
 * So many of 255 steps may lie between the samples of a gray pixel: lossy compression rounds each
 * for itself.
 */
const TOLERANCE = 2

/**
 * How many samples of each kind there are a pixel, in the order in which they lie; of YBR_FULL_422
 * two pixels share two.
 */
export const samplesPerPixel = (colour: ColourModel | undefined): number =>
  colour ? (colour === "ybr-422" ? 2 : 3) : 1

/** One word a pixel, row by row. @throws DicomError where the picture is in colour */
export function wordsOf(stored: Stored, header: DicomHeader): Uint16Array {
  const { bytes, bytesPerSample } = stored
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const sample = (i: number) => (bytesPerSample === 1 ? bytes[i] : view.getUint16(2 * i, true))
  const pixels = header.width * header.height
  const out = new Uint16Array(pixels)
  if (!stored.colour) {
    for (let i = 0; i < pixels; i++) out[i] = sample(i)
    return out
  }
  const gray = grayOf(stored.colour, stored.planar ? pixels : 0, header, sample)
  let coloured = 0
  for (let i = 0; i < pixels; i++) {
    const value = gray(i)
    if (value === undefined) coloured++
    else out[i] = value
  }
  if (coloured > 0) throw inColour(`${coloured.toLocaleString("en")} of its ${pixels.toLocaleString("en")} pixels`)
  return out
}

/** @param plane samples from one colour to the next; 0 where those of a pixel lie together */
function grayOf(colour: ColourModel, plane: number, { bitsStored, shift }: DicomHeader, sample: (i: number) => number) {
  const most = TOLERANCE * 2 ** (Math.max(0, bitsStored - 8) + shift)
  const none = 2 ** (bitsStored - 1 + shift)
  const of = (pixel: number, k: number) => sample(plane > 0 ? k * plane + pixel : 3 * pixel + k)
  // Of two pixels: both luminances, then the two colour differences that they share.
  const ofPair = (pixel: number, k: number) => sample(4 * (pixel >> 1) + (k === 0 ? pixel % 2 : k + 1))
  return (pixel: number): number | undefined => {
    const at = colour === "ybr-422" ? ofPair : of
    const [a, b, c] = [at(pixel, 0), at(pixel, 1), at(pixel, 2)]
    if (colour !== "rgb") return Math.abs(b - none) <= most && Math.abs(c - none) <= most ? a : undefined
    return Math.max(a, b, c) - Math.min(a, b, c) <= most ? Math.round((a + b + c) / 3) : undefined
  }
}
