/**
 * Work on some rows of tensors at a time, so that no dispatch is long: drivers of GPUs end one
 * after about two seconds, and while it lasts nothing else is drawn. A row is an entry of the first
 * dimension, an image as a rule.
 */
import type { AdapterInfo } from "../gpu/adapter.ts"
import type { Tensor } from "./tensor.ts"

/**
 * Numbers of its largest tensor that a kernel which only moves numbers gets through in about 100
 * ms: of SwiftShader on two cores by `node bench/longest_dispatch.mjs` (2026-11-30); of GPUs a
 * guess at the slowest that is in use.
 */
export const MOST_NUMBERS: Record<AdapterInfo["kind"], number> = { software: 20e6, gpu: 150e6 }

/**
 * Has `run` do what is done row by row, ReLU or pooling for one, in pieces where it is long; a
 * single row is never cut.
 *
 * @param tensors with the same number of rows
 * @param run is given as many rows of each
 */
export function overRows(tensors: readonly Tensor[], run: (rows: readonly Tensor[]) => void): void {
  const [{ gpu, shape }] = tensors
  const pieces = Math.ceil(Math.max(...tensors.map(({ size }) => size)) / gpu.mostNumbers)
  if (pieces > 1) for (const rows of inStretches(tensors, shape[0] / pieces)) run(rows)
  else run(tensors)
}

/**
 * The same tensors, about so many rows at a time; each piece begins where a tensor's rows may.
 *
 * @param most rows at once; fewer than may begin a piece count as that many
 */
export function inStretches(tensors: readonly Tensor[], most: number): (readonly Tensor[])[] {
  const [n] = tensors[0].shape
  if (most >= n) return [tensors]
  const step = Math.max(...tensors.map((tensor) => tensor.rowStep))
  const count = Math.max(step, Math.floor(most / step) * step)
  if (count >= n) return [tensors]
  return Array.from({ length: Math.ceil(n / count) }, (_, i) =>
    tensors.map((tensor) => tensor.rows(i * count, Math.min(count, n - i * count))),
  )
}
