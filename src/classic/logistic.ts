/**
 * Logistic regression with an L2 penalty: w and b of the least
 *
 *     L = C sum_i log(1 + exp(-y_i (w.x_i + b))) + w.w / 2
 *
 * with y_i = 1 for a positive, -1 for a negative; as in
 * https://scikit-learn.org/stable/modules/linear_model.html#logistic-regression . By Newton's
 * method, each of whose steps is found by conjugate gradients, so that the matrix of second
 * derivatives is only multiplied with, never made: Nocedal and Wright, "Numerical Optimization",
 * 2nd edition, algorithm 7.1.
 */
import type { Breath } from "./breath.ts"
import type { Features } from "./features.ts"

export interface Line {
  w: Float64Array
  b: number
}

/**
 * @param labels of all rows, 1 for a positive, 0 for a negative
 * @param train the rows to learn from
 * @param options.tolerance L is 1-strongly convex in w, so that w is no farther than this from the
 * best
 */
export async function fitLogistic(
  x: Features,
  labels: ArrayLike<number>,
  train: readonly number[],
  { c, tolerance = 1e-3 }: { c: number; tolerance?: number },
  breath: Breath,
): Promise<Line> {
  const { d } = x
  const targets = Float64Array.from(train, (i) => (labels[i] === 1 ? 1 : 0))
  const at = new Float64Array(d + 1)
  const margins = new Float64Array(train.length)
  for (let step = 0; step < 100; step++) {
    const p = margins.map((margin) => 1 / (1 + Math.exp(-margin)))
    const gradient = transposed(x, train, p.map((value, r) => c * (value - targets[r])), at) // biome-ignore format: short
    const length = Math.sqrt(dot(gradient, gradient))
    if (length <= tolerance) break
    const curvature = p.map((value) => c * value * (1 - value))
    const second = (v: Float64Array) => {
      const along = product(x, train, v)
      return transposed(x, train, along.map((value, r) => value * curvature[r]), v) // biome-ignore format: short
    }
    const direction = await conjugateGradients(second, gradient, Math.min(0.1, Math.sqrt(length)) * length, breath)
    const along = product(x, train, direction)
    const size = stepSize(c, targets, { at, direction, margins, along, slope: dot(gradient, direction) })
    for (let j = 0; j <= d; j++) at[j] += size * direction[j]
    for (let r = 0; r < margins.length; r++) margins[r] += size * along[r]
    // Nothing is gained any more: rounding is all that is left.
    if (size < 1e-9) break
  }
  return { w: at.subarray(0, d), b: at[d] }
}

/** The log odds of row i. */
export const logitOf = (x: Features, i: number, { w, b }: Line): number => product(x, [i], Float64Array.of(...w, b))[0]

/** w.x_i + b of each row, v being w and then b. */
function product({ d, values }: Features, rows: readonly number[], v: Float64Array): Float64Array {
  return Float64Array.from(rows, (i) => {
    let sum = v[d]
    for (let j = 0, k = i * d; j < d; j++, k++) sum += v[j] * values[k]
    return sum
  })
}

/** Of L's derivatives: the penalty's part, which is w of `at` itself, and sum_i u_i (x_i, 1). */
function transposed({ d, values }: Features, rows: readonly number[], u: Float64Array, at: Float64Array): Float64Array {
  const out = Float64Array.from(at)
  out[d] = 0
  for (const [r, i] of rows.entries()) {
    const factor = u[r]
    for (let j = 0, k = i * d; j < d; j++, k++) out[j] += factor * values[k]
    out[d] += factor
  }
  return out
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let j = 0; j < a.length; j++) sum += a[j] * b[j]
  return sum
}

/** Where H step = -gradient, to a rest of such a length. */
async function conjugateGradients(
  second: (v: Float64Array) => Float64Array,
  gradient: Float64Array,
  enough: number,
  breath: Breath,
): Promise<Float64Array> {
  const step = new Float64Array(gradient.length)
  const rest = gradient.map((partial) => -partial)
  let direction = Float64Array.from(rest)
  let square = dot(rest, rest)
  for (let k = 0; k < 1000 && Math.sqrt(square) > enough; k++) {
    await breath()
    const bent = second(direction)
    const size = square / dot(direction, bent)
    for (let j = 0; j < step.length; j++) {
      step[j] += size * direction[j]
      rest[j] -= size * bent[j]
    }
    const next = dot(rest, rest)
    const old = direction
    direction = rest.map((value, j) => value + (next / square) * old[j])
    square = next
  }
  return step
}

interface Search {
  at: Float64Array
  direction: Float64Array
  margins: Float64Array
  /** What the margins gain by a whole step. */
  along: Float64Array
  slope: number
}

/** The whole step, halved until L falls by enough. */
function stepSize(c: number, targets: Float64Array, { at, direction, margins, along, slope }: Search): number {
  const d = at.length - 1
  const loss = (size: number) => {
    let sum = 0
    for (let j = 0; j < d; j++) sum += (at[j] + size * direction[j]) ** 2 / 2
    for (let r = 0; r < targets.length; r++) {
      const margin = margins[r] + size * along[r]
      sum += c * softplus(targets[r] === 1 ? -margin : margin)
    }
    return sum
  }
  const before = loss(0)
  let size = 1
  while (size >= 1e-9 && loss(size) > before + 1e-4 * size * slope) size /= 2
  return size
}

/** log(1 + exp(x)), also where exp(x) is too large. */
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))
