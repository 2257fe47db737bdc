/** Stored values to gray values: rescaled, through the window, black low. PS3.3, C.11. */
import { contrast, grayRange, type Histogram, histogram, LEAST_CONTRAST, wordCounts } from "../gray_range.ts"
import { type DicomHeader, isTable, type Rescale, rescaledEnds, type Window } from "./header.ts"
import { type LookupTable, lookUp } from "./lookup_table.ts"

/** From a value to 0..1; beyond is cut off. */
type Shown = (value: number) => number

/**
 * Gray values 0..65535 in the place of the words of a picture of one sample a pixel.
 *
 * - With a VOI LUT its first table shows the values; with a window (the first) its low end is black
 *   and its high end white.
 * - Without either, or where it leaves nothing to be seen, pictures of up to 8 bits go from the
 *   lowest value that can be stored to the highest, and others by `grayRange`.
 * - MONOCHROME1 is turned; padding is black.
 */
export function grayValues(words: Uint16Array, header: DicomHeader): Uint16Array {
  const table = grayOfWords(words, header)
  // In place: a large picture lies in memory once.
  for (let i = 0; i < words.length; i++) words[i] = table[words[i]]
  return words
}

/** The gray value of every word. */
function grayOfWords(words: Uint16Array, header: DicomHeader): Uint16Array {
  const counts = wordCounts(words).subarray(0, 2 ** header.bitsAllocated)
  const values = Float64Array.from(counts, (_, word) => modalityValue(standsFor(word, header), header.modality))
  const isPadding = paddingWords(counts, header)
  const found = histogram(values, isPadding ? counts.map((count, word) => (isPadding(word) ? 0 : count)) : counts)
  const shown = shownBy(found, header)
  return Uint16Array.from(values, (value, word) => {
    if (isPadding?.(word)) return 0
    const part = clamp(shown(value))
    return Math.round((header.inverted ? 1 - part : part) * 65_535)
  })
}

const clamp = (part: number): number => Math.min(1, Math.max(0, part))

/**
 * What a word stands for: bits beyond those stored are left out (overlays lay there once), the
 * highest stored is the sign.
 */
function standsFor(word: number, { bitsStored, shift, signed }: DicomHeader): number {
  const value = (word >> shift) & (2 ** bitsStored - 1)
  return signed && value >= 2 ** (bitsStored - 1) ? value - 2 ** bitsStored : value
}

const modalityValue = (value: number, modality: Rescale | LookupTable): number =>
  isTable(modality) ? lookUp(modality, value) : modality.slope * value + modality.intercept

/** Whether a word stands for no picture; undefined where none does, or where all of them would. */
function paddingWords(counts: Uint32Array, header: DicomHeader): ((word: number) => boolean) | undefined {
  const { padding, bitsAllocated, bitsStored, signed } = header
  if (!padding) return undefined
  const [low, high] = rescaledEnds({ slope: 1, intercept: 0 }, bitsStored, signed)
  // It may be a word that is no value: -2000 of a CT with 12 bits stored.
  const isWord = padding[1] < low || padding[0] > high
  const read = isWord ? { ...header, bitsStored: bitsAllocated, shift: 0 } : header
  const isPadding = (word: number) => {
    const value = standsFor(word, read)
    return value >= padding[0] && value <= padding[1]
  }
  return counts.some((count, word) => count > 0 && !isPadding(word)) ? isPadding : undefined
}

/** As the file says, unless nothing would be seen so, and something otherwise. */
function shownBy(found: Histogram, header: DicomHeader): Shown {
  const full = stretched(found, header)
  const { voi } = header
  if (!voi) return full
  const said = isTable(voi) ? throughTable(voi) : (value: number) => throughWindow(value, voi)
  return isSeen(found, said) || !isSeen(found, full) ? said : full
}

function isSeen({ values, counts }: Histogram, shown: Shown): boolean {
  const grays = values.map((value) => clamp(shown(value)))
  return contrast(histogram(grays, counts)) >= LEAST_CONTRAST / 255
}

function stretched(found: Histogram, { modality, bitsStored, signed }: DicomHeader): Shown {
  const [low, high] = isTable(modality)
    ? rangeOf(found, modality.bits, [0, 2 ** modality.bits - 1], 1)
    : rangeOf(found, bitsStored, rescaledEnds(modality, bitsStored, signed), Math.abs(modality.slope))
  return (value) => (value - low) / (high - low)
}

/**
 * @param step from one value to the next: no two of them become more than one gray level of 255
 * apart
 */
const rangeOf = (found: Histogram, bits: number, all: [number, number], step: number): [number, number] =>
  bits <= 8 ? all : grayRange(found, 255 * step)

const throughTable =
  (table: LookupTable): Shown =>
  (value) =>
    lookUp(table, value) / (2 ** table.bits - 1)

/** PS3.3, C.11.2.1.2.1 and C.11.2.1.3. */
export function throughWindow(value: number, { centre, width, shape }: Window): number {
  if (shape === "SIGMOID") return 1 / (1 + Math.exp((-4 * (value - centre)) / width))
  if (shape === "LINEAR_EXACT") return (value - centre) / width + 0.5
  // A width of 1 is a step.
  if (width === 1) return value <= centre - 0.5 ? 0 : 1
  return (value - (centre - 0.5)) / (width - 1) + 0.5
}
