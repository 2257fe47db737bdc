/**
 * Work on some rows of tensors at a time, so that no dispatch is long: drivers of GPUs end one after about two seconds, and
 * while it lasts nothing else is drawn. A row is an entry of the first dimension, an image as a rule.
 */
import type { AdapterInfo } from "../gpu/adapter.ts"
import type { Tensor } from "./tensor.ts"

/**
 * Numbers of its largest tensor that a kernel which only moves numbers gets through in about 100 ms: of SwiftShader on two
 * cores by `node bench/longest_dispatch.mjs` (2026-11-30); of GPUs a guess at the slowest that is in use.
 */
export const MOST_NUMBERS: Record<AdapterInfo["kind"], number> = { software: 20e6, gpu: 150e6 }

/**
 * Has `run` do what is done row by row, ReLU or pooling for one, in pieces where it is long; a single row is never cut.
 *
 * @param tensors with the same number of rows
 * @param run is given as many rows of each
 */
export function overRows(tensors: readonly Tensor[], run: (rows: readonly Tensor[]) => void): void {
  const [{ gpu, shape }] = tensors
  const pieces = Math.ceil(Math.max(...tensors.map(({ size }) => size)) / gpu.mostNumbers)
  if (pieces > 1) inStretches(tensors, rowsAtOnce(shape[0] / pieces, tensors), run)
  else run(tensors)
}

/** @param most rows at once, as `rowsAtOnce` gives them */
export function inStretches(tensors: readonly Tensor[], most: number, run: (rows: readonly Tensor[]) => void): void {
  const [n] = tensors[0].shape
  if (most >= n) {
    run(tensors)
    return
  }
  for (let from = 0; from < n; from += most) {
    const count = Math.min(most, n - from)
    run(tensors.map((tensor) => tensor.rows(from, count)))
  }
}

/** So many rows or fewer, so that all pieces begin where a tensor's rows may; as few as that allows, but one. */
export function rowsAtOnce(rows: number, tensors: readonly Tensor[]): number {
  const step = Math.max(...tensors.map((tensor) => tensor.rowStep))
  return Math.max(step, Math.floor(rows / step) * step)
}
