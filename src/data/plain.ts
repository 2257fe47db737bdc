/**
 * Pictures of few gray values: masks, outlines and label maps. A film has a hundred and more, and
 * noise.
 */
import { contentBox } from "./letterbox.ts"

/** Values of a mask: background, what is marked, and perhaps something else. */
const FEW = 3
/** Values of a label map, each of a bone or a region. */
const LABELS = 32
/** Part of the pixels that have those values exactly. */
const EXACT = 0.995
/**
 * After lossy compression or scaling: so far from a value, so far from one value to the next, in
 * such a part.
 */
const [NEAR, APART, LOSSY] = [8, 40, 0.97]
/**
 * Part of the pixels that are like their right neighbour: masks are areas, dithered films are not.
 */
const [AREAS, EVEN] = [0.9, 2]
/** The first look at a small copy, whose edges are mixed, lets more through. */
const FIRST = 0.85

export interface Plain {
  /** How many gray values nearly all pixels have. */
  values: number
  /** As few as a mask has, or a label map. */
  kind: "mask" | "labels"
}

/**
 * A cheap test on a small copy: where it says no, the picture has more gray values than a mask.
 *
 * @param pixels [size, size], letterboxed
 */
export function mayBePlain(pixels: Uint8Array): boolean {
  const counts = countsOf(pixels)
  return bands(counts).part >= FIRST
}

/**
 * Whether a picture is one of few gray values; undefined if it is not.
 *
 * @param pixels [size, size], letterboxed and not scaled
 * @param ratio the original's width over its height
 */
export function plainness(pixels: Uint8Array, size: number, ratio: number): Plain | undefined {
  const { left, top, width, height } = contentBox(size, ratio)
  const counts = new Uint32Array(256)
  let alike = 0
  for (let y = top; y < top + height; y++)
    for (let x = left; x < left + width; x++) {
      const at = y * size + x
      counts[pixels[at]]++
      if (x > left && Math.abs(pixels[at] - pixels[at - 1]) <= EVEN) alike++
    }
  if (alike < AREAS * (width - 1) * height) return undefined
  const total = width * height
  const exact = valuesFor(counts, EXACT * total)
  // One value is a blank image's.
  if (exact === 1) return undefined
  if (exact <= FEW) return { values: exact, kind: "mask" }
  const { part, values } = bands(counts)
  if (part >= LOSSY && values > 1) return { values, kind: "mask" }
  return exact <= LABELS ? { values: exact, kind: "labels" } : undefined
}

function countsOf(pixels: Uint8Array): Uint32Array {
  const counts = new Uint32Array(256)
  for (const value of pixels) counts[value]++
  return counts
}

/** How many of the most frequent values it takes for so many pixels. */
function valuesFor(counts: Uint32Array, pixels: number): number {
  let [sum, values] = [0, 0]
  for (const count of counts.toSorted().reverse()) {
    if (sum >= pixels) break
    sum += count
    values++
  }
  return values
}

/** The part of the pixels near the `FEW` most frequent gray values that are far apart. */
function bands(counts: Uint32Array): { part: number; values: number } {
  const total = counts.reduce((sum, count) => sum + count, 0)
  const near = (value: number, reach: number) => [Math.max(0, value - reach), Math.min(256, value + reach + 1)] as const
  const sums = Array.from(counts, (_, value) => counts.subarray(...near(value, NEAR)).reduce((a, b) => a + b, 0))
  let [covered, values] = [0, 0]
  for (; values < FEW; values++) {
    const best = sums.indexOf(Math.max(...sums))
    if (sums[best] <= 0) break
    covered += sums[best]
    sums.fill(-1, ...near(best, APART - 1))
  }
  return { part: covered / total, values }
}
