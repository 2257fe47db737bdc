/** Stored values to gray values: rescaled, through the window, black low. PS3.3, C.11. */
import type { Stored } from "./codecs.ts"
import type { DicomHeader, Window } from "./header.ts"

/**
 * Gray values 0..65535, row by row.
 *
 * - With a window (the first, where there are several) its low end is black and its high end white.
 * - Without one, unsigned values of 8 bits are as they are, and others reach from the lowest that there is to the highest.
 * - MONOCHROME1 is turned; padding is black.
 */
export function grayValues(stored: Stored, header: DicomHeader): Uint16Array {
  const words = storedWords(stored, header)
  const table = lookUp(words, header)
  // In place: a large picture lies in memory once.
  for (let i = 0; i < words.length; i++) words[i] = table[words[i]]
  return words
}

/** Bits beyond those stored are no part of the value: overlays lay there once. */
function storedWords({ bytes, bytesPerSample }: Stored, { bitsStored, width, height }: DicomHeader): Uint16Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const mask = 2 ** bitsStored - 1
  const out = new Uint16Array(width * height)
  for (let i = 0; i < out.length; i++) out[i] = (bytesPerSample === 1 ? bytes[i] : view.getUint16(2 * i, true)) & mask
  return out
}

/** What a word stands for: of signed ones the highest bit stored is the sign. */
const standsFor = (word: number, { bitsStored, signed }: DicomHeader): number =>
  signed && word >= 2 ** (bitsStored - 1) ? word - 2 ** bitsStored : word

/** The gray value of every word that can be stored. */
function lookUp(words: Uint16Array, header: DicomHeader): Uint16Array {
  const { bitsStored, slope, intercept, inverted, padding } = header
  const isPadding = (value: number) => padding !== undefined && value >= padding[0] && value <= padding[1]
  const part = partOf(words, header, isPadding)
  return Uint16Array.from({ length: 2 ** bitsStored }, (_, word) => {
    const value = standsFor(word, header)
    if (isPadding(value)) return 0
    const shown = Math.min(1, Math.max(0, part(slope * value + intercept)))
    return Math.round((inverted ? 1 - shown : shown) * 65_535)
  })
}

/** From a rescaled value to 0..1. */
function partOf(words: Uint16Array, header: DicomHeader, isPadding: (value: number) => boolean) {
  const { bitsStored, signed, slope, intercept, window } = header
  if (window) return (value: number) => throughWindow(value, window)
  if (bitsStored === 8 && !signed && slope === 1 && intercept === 0) return (value: number) => value / 255
  const present = new Uint8Array(2 ** bitsStored)
  for (const word of words) present[word] = 1
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const [word, there] of present.entries()) {
    const value = standsFor(word, header)
    if (there === 0 || isPadding(value)) continue
    min = Math.min(min, slope * value + intercept)
    max = Math.max(max, slope * value + intercept)
  }
  return (value: number) => (max > min ? (value - min) / (max - min) : 0)
}

/** PS3.3, C.11.2.1.2.1 and C.11.2.1.3. */
export function throughWindow(value: number, { centre, width, shape }: Window): number {
  if (shape === "SIGMOID") return 1 / (1 + Math.exp((-4 * (value - centre)) / width))
  if (shape === "LINEAR_EXACT") return (value - centre) / width + 0.5
  // A width of 1 is a step.
  if (width === 1) return value <= centre - 0.5 ? 0 : 1
  return (value - (centre - 0.5)) / (width - 1) + 0.5
}
