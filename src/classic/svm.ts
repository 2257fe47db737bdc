/**
 * Support vector machine with a soft margin, by sequential minimal optimisation:
 *
 *     min_a  a.Qa / 2 - sum_i a_i,   0 <= a_i <= C,   sum_i y_i a_i = 0,
 *     Q_ij = y_i y_j K(x_i, x_j)
 *
 * The pair that is moved is chosen by second-order information: Fan, Chen and Lin, "Working Set
 * Selection Using Second Order Information for Training Support Vector Machines", JMLR 6 (2005),
 * 1889-1918, which is also what LIBSVM does.
 */
import type { Breath } from "./breath.ts"

export interface Machine {
  /** y_i a_i of each training row. */
  weights: Float64Array
  b: number
}

/** In place of a curvature that is not positive. */
const TINY = 1e-12

/**
 * @param kernel K of the training rows, [n, n]
 * @param positive 1 for a positive, 0 for a negative
 * @param options.tolerance by how much the optimality conditions may be violated; LIBSVM's own
 */
export async function fitSvm(
  kernel: Float32Array,
  positive: ArrayLike<number>,
  { c, tolerance = 1e-3 }: { c: number; tolerance?: number },
  breath: Breath,
): Promise<Machine> {
  const n = positive.length
  const y = Float64Array.from(positive, (label) => (label === 1 ? 1 : -1))
  const a = new Float64Array(n)
  const gradient = new Float64Array(n).fill(-1)
  const mayRise = (t: number) => (y[t] > 0 ? a[t] < c : a[t] > 0)
  const mayFall = (t: number) => (y[t] > 0 ? a[t] > 0 : a[t] < c)
  let [highest, lowest] = [0, 0]
  for (let step = 0; step < 100 * n + 100_000; step++) {
    if (step % 64 === 0) await breath()
    let [i, j, best] = [-1, -1, Infinity]
    ;[highest, lowest] = [-Infinity, Infinity]
    for (let t = 0; t < n; t++)
      if (mayRise(t) && -y[t] * gradient[t] > highest) {
        i = t
        highest = -y[t] * gradient[t]
      }
    for (let t = 0; t < n; t++) {
      if (!mayFall(t)) continue
      const violation = highest + y[t] * gradient[t]
      lowest = Math.min(lowest, -y[t] * gradient[t])
      if (violation <= 0) continue
      const gain = -(violation ** 2) / curvature(kernel, n, i, t)
      if (gain < best) [j, best] = [t, gain]
    }
    if (j < 0 || highest - lowest <= tolerance) break
    // Along y_i a_i + d, y_j a_j - d, as far as both stay within 0 and C.
    const wanted = (highest + y[j] * gradient[j]) / curvature(kernel, n, i, j)
    const d = Math.min(wanted, y[i] > 0 ? c - a[i] : a[i], y[j] > 0 ? a[j] : c - a[j])
    a[i] = Math.min(c, Math.max(0, a[i] + y[i] * d))
    a[j] = Math.min(c, Math.max(0, a[j] - y[j] * d))
    for (let t = 0; t < n; t++) gradient[t] += y[t] * d * (kernel[i * n + t] - kernel[j * n + t])
  }
  return { weights: a.map((value, t) => y[t] * value), b: offset(a, y, gradient, c, (highest + lowest) / 2) }
}

const curvature = (kernel: Float32Array, n: number, i: number, t: number): number =>
  Math.max(TINY, kernel[i * n + i] + kernel[t * n + t] - 2 * kernel[i * n + t])

/**
 * From the rows on the margin, whose a is free; the middle of what is possible where there are
 * none.
 */
function offset(a: Float64Array, y: Float64Array, gradient: Float64Array, c: number, middle: number): number {
  const free = [...a.keys()].filter((t) => a[t] > 0 && a[t] < c)
  if (free.length === 0) return Number.isFinite(middle) ? middle : 0
  return free.reduce((sum, t) => sum - y[t] * gradient[t], 0) / free.length
}

/**
 * sum_i y_i a_i K(x_i, x) + b: positive on the positive side. @param kernel K of x and each
 * training row
 */
export function decisionOf({ weights, b }: Machine, kernel: ArrayLike<number>): number {
  let sum = b
  for (let t = 0; t < weights.length; t++) sum += weights[t] * kernel[t]
  return sum
}
