/**
 * An image's fine structure alone: what is left of it when the local mean is taken away and the local contrast made even.
 * All wrists look alike when blurred; their bones' texture does not, and no background counts, since it has none.
 */
import { contentMask } from "./content.ts"
import { blur, boxBlur, halve, type Plane } from "./plane.ts"

/** -127..127, [side, side]; NOTHING where there is no content. */
export interface Texture {
  values: Int8Array
  side: number
  /** Pixels with content. */
  area: number
}

export const NOTHING = -128

/** Gray values; structure much weaker than this is noise and stays weak. */
const NOISE = 1.5
/** Structure is what is finer than a box of so many pixels to each side, twice. */
const COARSE = 3
const FINE = 0.6
/** Of the local contrast that becomes 1. */
const UNIT = 40

/** The texture of a square image, and that of its coarser structure at half the size. */
export function textures(image: Plane): { fine: Texture; coarse: Texture } {
  const mask = contentMask(image, 3)
  const smooth = blur(image, FINE)
  const { width, height } = image
  const weights = boxBlur({ values: Float32Array.from(mask), width, height }, COARSE)
  const mean = localMean(smooth, mask, weights)
  const detail = smooth.values.map((value, i) => (mask[i] ? value - mean[i] : 0))
  const variance = localMean({ values: detail.map((v) => v * v), width, height }, mask, weights)
  const even = detail.map((value, i) => value / Math.sqrt(variance[i] + NOISE * NOISE))
  const coarse = halve(blur({ values: even, width, height }, 2))
  const half = halve({ values: Float32Array.from(mask), width, height })
  return {
    fine: quantised(even, mask, width, UNIT),
    coarse: quantised(coarse.values, half.values, coarse.width, 2 * UNIT),
  }
}

/** Mean over the neighbours with content, nearer ones counting more; `weights` is the mask, smoothed likewise. */
function localMean({ values, width, height }: Plane, mask: Uint8Array, weights: Float32Array): Float32Array {
  const kept = values.map((value, i) => value * mask[i])
  return boxBlur({ values: kept, width, height }, COARSE).map((sum, i) => (mask[i] ? sum / weights[i] : 0))
}

function quantised(values: Float32Array, mask: ArrayLike<number>, side: number, unit: number): Texture {
  const out = new Int8Array(values.length)
  let area = 0
  for (let i = 0; i < values.length; i++) {
    if (mask[i] === 0) out[i] = NOTHING
    else {
      out[i] = Math.max(-127, Math.min(127, Math.round(values[i] * unit)))
      area++
    }
  }
  return { values: out, side, area }
}
