import { ratio, sum } from "./confusion.ts"

/** Of the values that are defined; null where none is. */
export function mean(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return ratio(sum(known), known.length)
}

/** Sample standard deviation (n - 1) of the values that are defined; null with fewer than two. */
export function standardDeviation(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  if (known.length < 2) return null
  const centre = sum(known) / known.length
  return Math.sqrt(sum(known.map((value) => (value - centre) ** 2)) / (known.length - 1))
}
