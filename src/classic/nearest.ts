/**
 * k-nearest neighbours: the share of positives among the k training rows at the least Euclidean
 * distance.
 */
import type { Breath } from "./breath.ts"
import { type Features, rowOf } from "./features.ts"

/**
 * @returns for each of `rows` the training rows from the nearest on, at most `most` of them; of
 * equally near ones the first
 */
export async function nearest(
  x: Features,
  train: readonly number[],
  rows: readonly number[],
  most: number,
  breath: Breath,
): Promise<Map<number, number[]>> {
  const found = new Map<number, number[]>()
  for (const i of rows) {
    const row = rowOf(x, i)
    const distances = Float64Array.from(train, (t) => distance(row, rowOf(x, t)))
    const order = [...train.keys()].sort((a, b) => distances[a] - distances[b] || a - b)
    found.set(
      i,
      order.slice(0, most).map((t) => train[t]),
    )
    await breath()
  }
  return found
}

/** Squared. */
function distance(x: Float32Array, y: Float32Array): number {
  let sum = 0
  for (let j = 0; j < x.length; j++) sum += (x[j] - y[j]) ** 2
  return sum
}
