/**
 * What a keypoint's surroundings look like, blind to rotation and mirroring.
 *
 * Gray values are read on RINGS circles. Turning the image shifts the values along each circle,
 * mirroring it reverses them; neither changes how strong each frequency along a circle is, nor,
 * between neighbouring circles, the cosine of the angle by which a frequency is shifted. Mean and
 * contrast are taken out first, and with them brightness.
 */
import type { Keypoint } from "./keypoints.ts"
import { sample } from "./plane.ts"

const RINGS = 8
const ANGLES = 16
/** Highest frequency along a circle. */
const FREQUENCIES = 4
/** Radius of the outermost circle, in the keypoint's sigma. */
const REACH = 7
/** Gray values; where they vary less there is nothing to describe. */
const FLAT = 1

/** Numbers a descriptor has. */
export const LENGTH = RINGS + RINGS * FREQUENCIES + (RINGS - 1) * FREQUENCIES

const COS = Float32Array.from({ length: ANGLES }, (_, i) => Math.cos((2 * Math.PI * i) / ANGLES))
const SIN = Float32Array.from({ length: ANGLES }, (_, i) => Math.sin((2 * Math.PI * i) / ANGLES))

const patch = new Float32Array(RINGS * ANGLES)
const re = new Float32Array(RINGS * FREQUENCIES)
const im = new Float32Array(RINGS * FREQUENCIES)

/**
 * Writes LENGTH numbers of Euclidean length 1 to `out`.
 *
 * @returns false where there is too little to see
 */
export function describe(keypoint: Keypoint, out: Float32Array): boolean {
  if (!readPatch(keypoint)) return false
  transform()
  let at = 0
  for (let ring = 0; ring < RINGS; ring++) {
    let mean = 0
    for (let a = 0; a < ANGLES; a++) mean += patch[ring * ANGLES + a]
    out[at++] = mean / ANGLES
  }
  for (let i = 0; i < RINGS * FREQUENCIES; i++) out[at++] = Math.hypot(re[i], im[i])
  for (let i = 0; i < (RINGS - 1) * FREQUENCIES; i++) {
    const j = i + FREQUENCIES
    const length = Math.sqrt(Math.hypot(re[i], im[i]) * Math.hypot(re[j], im[j]))
    out[at++] = length === 0 ? 0 : (re[i] * re[j] + im[i] * im[j]) / length
  }
  let square = 0
  for (let i = 0; i < LENGTH; i++) square += out[i] * out[i]
  const factor = 1 / Math.sqrt(square)
  for (let i = 0; i < LENGTH; i++) out[i] *= factor
  return true
}

/** Gray values on the circles, with mean 0 and standard deviation 1. */
function readPatch({ x, y, sigma, plane, scale }: Keypoint): boolean {
  let sum = 0
  let square = 0
  for (let ring = 0; ring < RINGS; ring++) {
    const radius = ((ring + 0.5) / RINGS) * REACH * sigma * scale
    for (let a = 0; a < ANGLES; a++) {
      const px = Math.max(0, Math.min(plane.width - 1, x * scale + radius * COS[a]))
      const py = Math.max(0, Math.min(plane.height - 1, y * scale + radius * SIN[a]))
      const value = sample(plane, px, py)
      patch[ring * ANGLES + a] = value
      sum += value
      square += value * value
    }
  }
  const mean = sum / patch.length
  const deviation = Math.sqrt(Math.max(0, square / patch.length - mean * mean))
  if (deviation < FLAT) return false
  for (let i = 0; i < patch.length; i++) patch[i] = (patch[i] - mean) / deviation
  return true
}

/** Fourier coefficients of each circle, frequencies 1 .. FREQUENCIES. */
function transform(): void {
  for (let ring = 0; ring < RINGS; ring++)
    for (let f = 1; f <= FREQUENCIES; f++) {
      let [cosine, sine] = [0, 0]
      for (let a = 0; a < ANGLES; a++) {
        const value = patch[ring * ANGLES + a]
        cosine += value * COS[(a * f) % ANGLES]
        sine += value * SIN[(a * f) % ANGLES]
      }
      re[ring * FREQUENCIES + f - 1] = (2 * cosine) / ANGLES
      im[ring * FREQUENCIES + f - 1] = (2 * sine) / ANGLES
    }
}
