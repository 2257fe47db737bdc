/**
 * Spots that can be found again in a turned, mirrored, cropped or brighter copy: extrema of
 * differences of Gaussians over place and scale, after Lowe, "Distinctive Image Features from
 * Scale-Invariant Keypoints", IJCV 60(2), 2004.
 */
import { blur, halve, type Plane } from "./plane.ts"

export interface Keypoint {
  /** Place in pixels of the whole image. */
  x: number
  y: number
  /** Size, as the Gaussian's sigma in pixels of the whole image. */
  sigma: number
  /** How far it stands out; the sign says dark or bright. */
  response: number
  /**
   * The image smoothed to about the keypoint's size, and how many of its pixels are one of the
   * whole image.
   */
  plane: Plane
  scale: number
}

/** Of the first level of each octave, in its pixels. */
const SIGMA = 0.8
/** Levels from one octave to the next. */
const LEVELS = 2
const OCTAVES = 3
/** Gray values by which a spot must stand out. */
const CONTRAST = 0.4
/** Above this ratio of principal curvatures it is an edge, along which it could lie anywhere. */
const EDGE = 10

/** At most `most` keypoints, the most outstanding of all sizes first. */
export function keypoints(image: Plane, most: number): Keypoint[] {
  const found: Keypoint[] = []
  let base = blur(image, SIGMA)
  for (let octave = 0; octave < OCTAVES; octave++) {
    const planes = [base]
    for (let level = 1; level < LEVELS + 3; level++) planes.push(blur(planes[level - 1], increment(level)))
    collect(planes, 2 ** -octave, found)
    base = halve(planes[LEVELS])
  }
  return found.sort((a, b) => Math.abs(b.response) - Math.abs(a.response)).slice(0, most)
}

/** What makes level - 1 into level. */
function increment(level: number): number {
  const [before, after] = [SIGMA * 2 ** ((level - 1) / LEVELS), SIGMA * 2 ** (level / LEVELS)]
  return Math.sqrt(after * after - before * before)
}

function collect(planes: Plane[], scale: number, found: Keypoint[]): void {
  const { width, height } = planes[0]
  const differences = planes.slice(1).map(({ values }, level) => values.map((v, i) => v - planes[level].values[i]))
  for (let level = 1; level <= LEVELS; level++) {
    const [below, here, above] = [differences[level - 1], differences[level], differences[level + 1]]
    for (let y = 2; y < height - 2; y++)
      for (let x = 2; x < width - 2; x++) {
        const i = y * width + x
        const value = here[i]
        if (Math.abs(value) < CONTRAST) continue
        if (!isExtremum(value, i, width, below, here, above) || isEdge(here, i, width)) continue
        const dx = offset(here[i - 1], value, here[i + 1])
        const dy = offset(here[i - width], value, here[i + width])
        const ds = offset(below[i], value, above[i])
        const sigma = (SIGMA * 2 ** ((level + ds) / LEVELS)) / scale
        found.push({ x: (x + dx) / scale, y: (y + dy) / scale, sigma, response: value, plane: planes[level], scale })
      }
  }
}

function isExtremum(value: number, i: number, width: number, ...layers: Float32Array[]): boolean {
  const sign = value > 0 ? 1 : -1
  for (const layer of layers)
    for (let row = -width; row <= width; row += width)
      for (let column = -1; column <= 1; column++) {
        const j = i + row + column
        if ((layer[j] - value) * sign >= 0 && (j !== i || layer !== layers[1])) return false
      }
  return true
}

function isEdge(d: Float32Array, i: number, width: number): boolean {
  const xx = d[i + 1] + d[i - 1] - 2 * d[i]
  const yy = d[i + width] + d[i - width] - 2 * d[i]
  const xy = (d[i + width + 1] + d[i - width - 1] - d[i + width - 1] - d[i - width + 1]) / 4
  const determinant = xx * yy - xy * xy
  return determinant <= 0 || (xx + yy) ** 2 / determinant > (EDGE + 1) ** 2 / EDGE
}

/** Where the parabola through three values has its top, from the middle one. */
function offset(before: number, here: number, after: number): number {
  const curvature = before + after - 2 * here
  return curvature === 0 ? 0 : Math.max(-0.5, Math.min(0.5, (before - after) / (2 * curvature)))
}
