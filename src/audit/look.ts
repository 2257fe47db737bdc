/** Metrics of a picture that say nothing about bones, but may say a lot about its class. */

import { contentBox } from "../data/letterbox.ts"

export interface Look {
  /** Mean gray value, 0..255. */
  mean: number
  /** Of the outermost pixels, a twentieth of each side. */
  border: number
  /** Mean square of the Laplacian over the variance: how much of the contrast is fine. */
  sharpness: number
}

/**
 * Of a letterboxed image, its bars left out.
 *
 * @param pixels gray values [side, side]
 * @param ratio the original's width over its height
 */
export function look(pixels: Uint8Array, side: number, ratio: number): Look {
  const { left, top, width, height } = contentBox(side, ratio)
  const frame = Math.max(1, Math.round(Math.min(width, height) / 20))
  let [sum, square, edge, edges, laplacian, inner] = [0, 0, 0, 0, 0, 0]
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const i = (top + y) * side + left + x
      const value = pixels[i]
      sum += value
      square += value * value
      if (x < frame || y < frame || x >= width - frame || y >= height - frame) {
        edge += value
        edges++
      }
      if (x === 0 || y === 0 || x === width - 1 || y === height - 1) continue
      laplacian += (pixels[i - 1] + pixels[i + 1] + pixels[i - side] + pixels[i + side] - 4 * value) ** 2
      inner++
    }
  const n = width * height
  const mean = sum / n
  const variance = square / n - mean * mean
  const sharpness = inner > 0 && variance > 0 ? laplacian / inner / variance : 0
  return { mean, border: edge / edges, sharpness }
}
