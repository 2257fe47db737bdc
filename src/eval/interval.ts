import { normalQuantile } from "./normal.ts"

/** Lower and upper end. */
export type Range = [number, number]

export const LEVEL = 0.95

/**
 * Wilson's score interval of a proportion: of `part` in `whole` independent trials. Unlike the
 * usual plus or minus it is neither empty at 0 and 1 nor beyond them. As
 * https://docs.scipy.org/doc/scipy/reference/generated/scipy.stats._result_classes.BinomTestResult.proportion_ci.html
 *
 * @returns null where there was no trial
 */
export function wilson(part: number, whole: number, level = LEVEL): Range | null {
  if (whole === 0) return null
  const z = normalQuantile((1 + level) / 2)
  const p = part / whole
  const centre = p + z ** 2 / (2 * whole)
  const half = z * Math.sqrt((p * (1 - p)) / whole + z ** 2 / (4 * whole ** 2))
  const scale = 1 + z ** 2 / whole
  // At 0 and 1 rounding must not miss the end.
  return [part === 0 ? 0 : (centre - half) / scale, part === whole ? 1 : (centre + half) / scale]
}

/**
 * The better of two beyond chance, by the interval of the first's metric minus the second's; null
 * where that holds 0.
 */
export function betterOf<Name>(interval: Range | null, first: Name, second: Name): Name | null {
  const [low, high] = interval ?? [0, 0]
  return low > 0 ? first : high < 0 ? second : null
}

/**
 * The q-quantile of ascending values, linear between two of them: numpy's and scikit-learn's
 * default.
 */
export function quantile(ascending: ArrayLike<number>, q: number): number {
  const at = q * (ascending.length - 1)
  const low = Math.floor(at)
  const high = Math.min(low + 1, ascending.length - 1)
  return ascending[low] + (at - low) * (ascending[high] - ascending[low])
}
