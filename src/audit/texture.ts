/**
 * An image's fine structure alone: what is left of it when the local mean is taken away and the
 * local contrast made even. All wrists look alike when blurred; their bones' texture does not, and
 * no background counts, since it has none.
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
/** Pixels beside a cut, whose local mean reaches over it. */
const MARGIN = 6
/** Structure is what is finer than a box of so many pixels to each side, twice. */
const COARSE = 3
const FINE = 0.6
/** Of the local contrast that becomes 1. */
const UNIT = 40

/** The texture of a square image, and that of its coarser structure at half the size. */
export function textures(image: Plane): { fine: Texture; coarse: Texture } {
  const mask = contentMask(image, MARGIN)
  const smooth = blur(image, FINE)
  const { width, height } = image
  const mean = boxBlur(smooth, COARSE)
  const detail = smooth.values.map((value, i) => value - mean[i])
  const variance = boxBlur({ values: detail.map((v) => v * v), width, height }, COARSE)
  const even = detail.map((value, i) => value / Math.sqrt(variance[i] + NOISE * NOISE))
  const coarse = halve(blur({ values: even, width, height }, 2))
  const half = halve({ values: Float32Array.from(mask), width, height })
  return {
    fine: quantised(even, mask, width, UNIT),
    coarse: quantised(coarse.values, half.values, coarse.width, 2 * UNIT),
  }
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
