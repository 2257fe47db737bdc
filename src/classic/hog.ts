/**
 * Histograms of oriented gradients: Dalal and Triggs, "Histograms of Oriented Gradients for Human
 * Detection", CVPR 2005, with their settings: cells of 8 x 8 pixels, 9 orientations over 180
 * degrees, blocks of 2 x 2 cells, L2-Hys. As
 * https://scikit-image.org/docs/stable/api/skimage.feature.html#skimage.feature.hog
 */
import type { Dataset } from "../data/dataset.ts"
import { imageAt } from "../data/pixels.ts"
import type { Breath } from "./breath.ts"
import type { Features } from "./features.ts"

const CELL = 8
const BLOCK = 2
const ORIENTATIONS = 9
/** No number of a block is let over it: one strong edge is not all that there is. */
const CLIP = 0.2
const EPS = 1e-5

/** Numbers of an image of size x size pixels. */
const hogLength = (size: number): number =>
  Math.max(0, Math.floor(size / CELL) - BLOCK + 1) ** 2 * BLOCK ** 2 * ORIENTATIONS

/** @throws where images are too small for a block */
export function checkHogSize(size: number): void {
  const least = CELL * BLOCK
  if (size < least) throw new Error(`HOG needs images of ${least} x ${least} pixels or more, got ${size} (--size)`)
}

export async function hogFeatures(data: Pick<Dataset, "pixels" | "size" | "files">, breath: Breath): Promise<Features> {
  const { size } = data
  checkHogSize(size)
  const [n, d] = [data.files.length, hogLength(size)]
  const values = new Float32Array(n * d)
  for (let i = 0; i < n; i++) {
    values.set(hog(imageAt(data, i), size), i * d)
    await breath()
  }
  return { n, d, values }
}

/**
 * Of gray values 0..255, [size, size]: block by block, in it cell by cell, in it orientation by
 * orientation.
 */
export function hog(gray: ArrayLike<number>, size: number): Float64Array {
  const cells = Math.floor(size / CELL)
  const histograms = cellHistograms(gray, size, cells)
  const blocks = cells - BLOCK + 1
  const out = new Float64Array(hogLength(size))
  const length = BLOCK * ORIENTATIONS
  for (let [r, at] = [0, 0]; r < blocks; r++)
    for (let c = 0; c < blocks; c++) {
      const from = at
      for (let row = r; row < r + BLOCK; row++, at += length) {
        const start = (row * cells + c) * ORIENTATIONS
        out.set(histograms.subarray(start, start + length), at)
      }
      normalise(out.subarray(from, at))
    }
  return out
}

/**
 * Mean gradient of a cell's pixels in each orientation; at the border of the image it is 0 across
 * it.
 */
function cellHistograms(gray: ArrayLike<number>, size: number, cells: number): Float64Array {
  const histograms = new Float64Array(cells * cells * ORIENTATIONS)
  const last = size - 1
  for (let y = 0; y < cells * CELL; y++)
    for (let x = 0; x < cells * CELL; x++) {
      const at = y * size + x
      const dx = x === 0 || x === last ? 0 : (gray[at + 1] - gray[at - 1]) / 255
      const dy = y === 0 || y === last ? 0 : (gray[at + size] - gray[at - size]) / 255
      const degrees = ((Math.atan2(dy, dx) * 180) / Math.PI + 180) % 180
      const bin = Math.floor(degrees / (180 / ORIENTATIONS))
      const cell = Math.floor(y / CELL) * cells + Math.floor(x / CELL)
      histograms[cell * ORIENTATIONS + bin] += Math.hypot(dx, dy) / CELL ** 2
    }
  return histograms
}

/** L2-Hys: to length 1, clipped, and to length 1 again. */
function normalise(block: Float64Array): void {
  for (const most of [CLIP, Infinity]) {
    const length = Math.sqrt(block.reduce((sum, value) => sum + value * value, EPS * EPS))
    for (let i = 0; i < block.length; i++) block[i] = Math.min(most, block[i] / length)
  }
}
