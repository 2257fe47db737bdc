/** What an image's file, gray values and row in a table say without its bone, as features for `withoutBone`. */
import type { Features } from "../classic/features.ts"
import type { Dataset } from "../data/dataset.ts"
import { fitSquare } from "../data/fit.ts"
import { contentBox } from "../data/letterbox.ts"

const HISTOGRAM_BINS = 32
const THUMBNAIL = 16
const COLUMN_BINS = 6
/** Values of a column that get a feature each; rarer ones share none. */
const MOST_VALUES = 30

type Images = Pick<Dataset, "pixels" | "size" | "files">

/** Facts of a file that do not depend on what it shows. */
interface Header {
  bytes: number
  format: string
  width: number
  height: number
  jpegQuality: number | null
}

/**
 * The share of gray values in each bin, the bars beside a letterboxed image left out.
 *
 * @param ratios the originals' width over height
 */
export function grayHistogram({ pixels, size, files }: Images, ratios: readonly number[]): Features {
  const values = new Float32Array(files.length * HISTOGRAM_BINS)
  for (const [i, ratio] of ratios.entries()) {
    const { left, top, width, height } = contentBox(size, ratio)
    for (let y = top; y < top + height; y++)
      for (let x = left; x < left + width; x++) {
        const bin = Math.floor((pixels[(i * size + y) * size + x] * HISTOGRAM_BINS) / 256)
        values[i * HISTOGRAM_BINS + bin] += 1 / (width * height)
      }
  }
  return { n: files.length, d: HISTOGRAM_BINS, values }
}

/** Gray values 0..1 at 16 x 16 pixels, where no fracture is visible. */
export function thumbnails({ pixels, size, files }: Images): Features {
  const d = THUMBNAIL ** 2
  const values = new Float32Array(files.length * d)
  for (const i of files.keys()) {
    const image = { pixels: pixels.subarray(i * size ** 2, (i + 1) * size ** 2), width: size, height: size }
    values.set(
      Float32Array.from(fitSquare(image, THUMBNAIL), (gray) => gray / 255),
      i * d,
    )
  }
  return { n: files.length, d, values }
}

export function headerFeatures(headers: readonly Header[]): Features {
  const facts: ((header: Header) => string | number | null)[] = [
    ({ format }) => format,
    ({ bytes }) => bytes,
    ({ bytes, width, height }) => bytes / (width * height),
    ({ width }) => width,
    ({ height }) => height,
    ({ width, height }) => width / height,
    ({ jpegQuality }) => jpegQuality,
  ]
  const parts = facts.map((fact) => columnFeatures(headers.map((header) => String(fact(header) ?? ""))))
  return beside(parts, headers.length)
}

/**
 * A column's cells, each as 1 for its value and 0 for the others: the most frequent values, or bins of
 * equally many rows if all cells are numbers. Nothing is taken for granted about their order.
 */
export function columnFeatures(cells: readonly string[]): Features {
  const isNumeric = cells.every((cell) => cell === "" || Number.isFinite(Number(cell)))
  const distinct = new Set(cells).size
  const values = isNumeric && distinct > COLUMN_BINS ? binned(cells) : cells
  const counts = new Map<string, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  const kept = [...counts].sort((a, b) => b[1] - a[1]).slice(0, MOST_VALUES)
  const place = new Map(kept.map(([value], k) => [value, k]))
  const features = new Float32Array(cells.length * kept.length)
  for (const [i, value] of values.entries()) {
    const k = place.get(value)
    if (k !== undefined) features[i * kept.length + k] = 1
  }
  return { n: cells.length, d: kept.length, values: features }
}

/** The number of the bin of each cell; an empty cell stays. */
function binned(cells: readonly string[]): string[] {
  const sorted = cells.filter((cell) => cell !== "").map(Number).sort((a, b) => a - b) // biome-ignore format: short
  const edges = Array.from(
    { length: COLUMN_BINS - 1 },
    (_, b) => sorted[Math.floor(((b + 1) * sorted.length) / COLUMN_BINS)],
  )
  return cells.map((cell) => (cell === "" ? "" : String(edges.filter((edge) => Number(cell) >= edge).length)))
}

/** The features of each row after one another. */
function beside(parts: readonly Features[], n: number): Features {
  const d = parts.reduce((sum, part) => sum + part.d, 0)
  const values = new Float32Array(n * d)
  for (let i = 0; i < n; i++) {
    let at = i * d
    for (const part of parts) {
      values.set(part.values.subarray(i * part.d, (i + 1) * part.d), at)
      at += part.d
    }
  }
  return { n, d, values }
}
