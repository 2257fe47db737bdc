/**
 * Where a map is highest: the centre of that pixel, in pixels, x to the right, y down; and its
 * value.
 */
export interface Peak {
  x: number
  y: number
  value: number
}

/** The highest value of a map [size, size]; of equals the first, row by row. */
export function peakOf(map: Float32Array, size: number): Peak {
  const at = map.reduce((best, value, i) => (value > map[best] ? i : best), 0)
  return { x: (at % size) + 0.5, y: Math.floor(at / size) + 0.5, value: map[at] }
}
