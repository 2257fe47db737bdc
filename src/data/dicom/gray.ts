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
  const values = storedValues(stored, header)
  const table = lookUp(values, header)
  const low = lowest(header)
  return Uint16Array.from(values, (value) => table[value - low])
}

const lowest = ({ signed, bitsStored }: DicomHeader): number => (signed ? -(2 ** (bitsStored - 1)) : 0)

/** Bits beyond those stored are no part of the value: overlays lay there once. */
function storedValues({ bytes, width }: Stored, header: DicomHeader): Int32Array {
  const { bitsStored, signed } = header
  const count = header.width * header.height
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const shift = 32 - bitsStored
  const out = new Int32Array(count)
  for (let i = 0; i < count; i++) {
    const word = width === 1 ? bytes[i] : view.getUint16(2 * i, true)
    out[i] = signed ? (word << shift) >> shift : (word << shift) >>> shift
  }
  return out
}

/** The gray value of every value that can be stored. */
function lookUp(values: Int32Array, header: DicomHeader): Uint16Array {
  const { bitsStored, slope, intercept, inverted, padding } = header
  const low = lowest(header)
  const isPadding = (value: number) => padding !== undefined && value >= padding[0] && value <= padding[1]
  const part = partOf(values, header, isPadding)
  return Uint16Array.from({ length: 2 ** bitsStored }, (_, i) => {
    if (isPadding(low + i)) return 0
    const shown = Math.min(1, Math.max(0, part(slope * (low + i) + intercept)))
    return Math.round((inverted ? 1 - shown : shown) * 65_535)
  })
}

/** From a rescaled value to 0..1. */
function partOf(values: Int32Array, header: DicomHeader, isPadding: (value: number) => boolean) {
  const { bitsStored, signed, slope, intercept, window } = header
  if (window) return (value: number) => throughWindow(value, window)
  if (bitsStored === 8 && !signed && slope === 1 && intercept === 0) return (value: number) => value / 255
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of values) {
    if (isPadding(value)) continue
    const rescaled = slope * value + intercept
    min = Math.min(min, rescaled)
    max = Math.max(max, rescaled)
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
