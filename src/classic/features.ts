/** What a traditional method is given of images: one row of numbers an image. */
import type { Dataset } from "../data/dataset.ts"
import { imageAt } from "../data/pixels.ts"

export interface Features {
  /** Rows. */
  n: number
  /** Numbers a row. */
  d: number
  /** [n, d], row by row. */
  values: Float32Array
}

export const rowOf = ({ d, values }: Features, i: number): Float32Array => values.subarray(i * d, (i + 1) * d)

/** x.y, in double precision. */
export function dot(x: Float32Array, y: Float32Array): number {
  let sum = 0
  for (let j = 0; j < x.length; j++) sum += x[j] * y[j]
  return sum
}

/** Gray values 0..1. */
export function pixels(data: Pick<Dataset, "pixels" | "size" | "files">): Features {
  const [n, d] = [data.files.length, data.size ** 2]
  const values = new Float32Array(n * d)
  for (let i = 0; i < n; i++)
    values.set(
      Float32Array.from(imageAt(data, i), (gray) => gray / 255),
      i * d,
    )
  return { n, d, values }
}

/**
 * (x - mean) / (sd sqrt(d)), mean and sd being those of the rows `train`, so that a row's squared
 * length is about 1 however many features there are: a method's setting then means the same for
 * images of any size. A feature that does not vary becomes 0.
 */
export function standardise(features: Features, train: readonly number[]): Features {
  const { n, d, values } = features
  const mean = new Float64Array(d)
  const squares = new Float64Array(d)
  for (const i of train) for (let j = 0; j < d; j++) mean[j] += values[i * d + j] / train.length
  for (const i of train) for (let j = 0; j < d; j++) squares[j] += (values[i * d + j] - mean[j]) ** 2
  // The gray values of a constant pixel differ from their mean by rounding alone.
  const scale = squares.map((sum) => (sum / train.length < 1e-12 ? 0 : 1 / Math.sqrt((sum / train.length) * d)))
  const out = new Float32Array(n * d)
  for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) out[i * d + j] = (values[i * d + j] - mean[j]) * scale[j]
  return { n, d, values: out }
}
