/**
 * What an image's file, gray values and row in a table say without its bone, as features for
 * `withoutBone`.
 */
import type { Features } from "../classic/features.ts"
import { fitSquare } from "../data/fit.ts"
import { contentBox } from "../data/letterbox.ts"

const HISTOGRAM_BINS = 32
const THUMBNAIL = 16
const COLUMN_BINS = 6
/** Values of a column that get a feature each; rarer ones share none. */
const MOST_VALUES = 30

/** What the audit keeps of an image's gray values. */
export interface Glance {
  /** Pixels of each bin of gray values, without the bars beside a letterboxed image. */
  histogram: number[]
  /** Gray values 0..255 at 16 x 16 pixels, row by row: no fracture is visible. */
  thumbnail: number[]
}

/** Facts of a file that do not depend on what it shows. */
interface Header {
  bytes: number
  format: string
  width: number
  height: number
  jpegQuality: number | null
}

/**
 * @param pixels gray values [size, size], letterboxed
 * @param ratio the original's width over its height
 */
export function glance(pixels: Uint8Array, size: number, ratio: number): Glance {
  const { left, top, width, height } = contentBox(size, ratio)
  const histogram = new Array<number>(HISTOGRAM_BINS).fill(0)
  for (let y = top; y < top + height; y++)
    for (let x = left; x < left + width; x++) histogram[(pixels[y * size + x] * HISTOGRAM_BINS) >> 8]++
  return { histogram, thumbnail: [...fitSquare({ pixels, width: size, height: size }, THUMBNAIL)] }
}

/**
 * Returns all clues that images give without their bones.
 *
 * @param columns of a table, a cell per image; those that do not vary say nothing
 */
export function cluesOf(
  images: readonly (Glance & Header)[],
  columns: Readonly<Record<string, readonly string[]>> = {},
): Record<string, Features> {
  const varied = Object.entries(columns).filter(([, cells]) => new Set(cells).size > 1)
  const ofColumns = varied.map(([name, cells]) => [`column ${name}`, columnFeatures(cells)])
  return {
    "gray histogram": rows(images.map(({ histogram }) => shares(histogram))),
    "16x16 thumbnail": rows(images.map(({ thumbnail }) => thumbnail)),
    "file header": headerFeatures(images),
    ...Object.fromEntries(ofColumns),
  }
}

function shares(counts: readonly number[]): number[] {
  const all = counts.reduce((sum, n) => sum + n, 0)
  return counts.map((n) => n / all)
}

const rows = (values: readonly number[][]): Features => ({
  ...{ n: values.length, d: values[0]?.length ?? 0 },
  values: Float32Array.from(values.flat()),
})

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
 * A column's cells, each as 1 for its value and 0 for the others: the most frequent values, or bins
 * of equally many rows if all cells are numbers. Nothing is taken for granted about their order.
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
