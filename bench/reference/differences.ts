/**
 * How far the GPU's numbers are from those of float64, at most, by op: what docs/drivers.md tables.
 */
import type { Plain } from "./gradcheck.ts"

export interface Difference {
  /** |actual - expected| / |expected| */
  relative: number
  /** The same in units of the last place of the expected number as a float32. */
  ulps: number
}

/** What a test file leaves for the reporter, in its `meta`. */
export interface Noted {
  adapter: string
  differences: Record<string, Difference>
}

/**
 * Of a tensor's elements only those count that are this part of its largest or more: sums that
 * cancel leave no digits.
 */
const LARGE = 0.1

/** Cases that are allowed more than this try numbers that are lost in float32 on any driver. */
const USUAL_ATOL = 1e-5

/** What is compared: an op's output, a parameter behind a step of an optimiser; a gradient. */
const KINDS = [
  { name: "result", of: /^[yp]$/ },
  { name: "gradients", of: /^d\w$/ },
]

const largest = new Map<string, Difference>()

/** @param name of a case: the op, and what else there is to say of it */
export function noteDifference(
  { name, atol = USUAL_ATOL }: { name: string; atol?: number },
  what: string,
  actual: ArrayLike<number>,
  { data }: Plain,
): void {
  const kind = KINDS.find(({ of }) => of.test(what))
  if (!kind || atol > USUAL_ATOL) return
  const key = `${name.split(/\W/)[0]} | ${kind.name}`
  const most = largest.get(key) ?? { relative: 0, ulps: 0 }
  const small = LARGE * data.reduce((top, value) => Math.max(top, Math.abs(value)), 0)
  for (const [i, expected] of data.entries()) {
    const size = Math.abs(expected)
    if (size < small || size === 0) continue
    const off = Math.abs(actual[i] - expected)
    most.relative = Math.max(most.relative, off / size)
    most.ulps = Math.max(most.ulps, off / ulp(size))
  }
  largest.set(key, most)
}

/** The distance of neighbouring float32 numbers at `size`; 24 bits, exponents from -126 on. */
const ulp = (size: number): number => 2 ** (Math.max(-126, Math.floor(Math.log2(size))) - 23)

/** Of all cases so far. */
export const differences = (): Record<string, Difference> => Object.fromEntries(largest)
