/** What a support vector machine sees of rows: K(x, x') of each row with each training row. */
import type { Breath } from "./breath.ts"
import { dot, type Features, rowOf } from "./features.ts"

export type KernelName = "linear" | "rbf"

/** Rows `rows` against rows `train`, [rows.length, train.length]. */
export interface Kernel {
  values: Float32Array
  width: number
}

/** x.x' for each of `rows` and each of `train`. */
export async function linearKernel(
  x: Features,
  rows: readonly number[],
  train: readonly number[],
  breath: Breath,
): Promise<Kernel> {
  const values = new Float32Array(rows.length * train.length)
  for (const [r, i] of rows.entries()) {
    const row = rowOf(x, i)
    for (const [t, k] of train.entries()) values[r * train.length + t] = dot(row, rowOf(x, k))
    await breath()
  }
  return { values, width: train.length }
}

/** exp(-|x - x'|^2), from x.x' and the squared lengths of both. */
export function rbfKernel(
  { values, width }: Kernel,
  lengths: readonly number[],
  trainLengths: readonly number[],
): Kernel {
  const rbf = values.map((product, at) =>
    Math.exp(-Math.max(0, lengths[Math.floor(at / width)] + trainLengths[at % width] - 2 * product)),
  )
  return { values: rbf, width }
}

export const kernelRow = ({ values, width }: Kernel, r: number): Float32Array =>
  values.subarray(r * width, (r + 1) * width)
