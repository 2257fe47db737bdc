/**
 * Logistic regression with an L2 penalty: w and b of the least
 *
 *     C sum_i log(1 + exp(-y_i (w.x_i + b))) + w.w / 2,   y_i = 1 for a positive, -1 for a negative; as
 *
 * https://scikit-learn.org/stable/modules/linear_model.html#logistic-regression
 */
import type { Breath } from "./breath.ts"
import { dot, type Features, rowOf } from "./features.ts"
import { minimise } from "./lbfgs.ts"

export interface Line {
  w: Float64Array
  b: number
}

/**
 * @param labels of all rows, 1 for a positive, 0 for a negative
 * @param train the rows to learn from
 * @param options.tolerance the objective is 1-strongly convex in w, so that w is no farther than this from the best
 */
export async function fitLogistic(
  x: Features,
  labels: ArrayLike<number>,
  train: readonly number[],
  { c, tolerance = 1e-3 }: { c: number; tolerance?: number },
  breath: Breath,
): Promise<Line> {
  const { d } = x
  const objective = (at: Float64Array, gradient: Float64Array): number => {
    const [w, b] = [at.subarray(0, d), at[d]]
    gradient.set(w)
    gradient[d] = 0
    let loss = dot(w, w) / 2
    for (const i of train) {
      const row = rowOf(x, i)
      const y = labels[i] === 1 ? 1 : -1
      const margin = y * (dot(row, w) + b)
      loss += c * softplus(-margin)
      const pull = (-c * y) / (1 + Math.exp(margin))
      for (let j = 0; j < d; j++) gradient[j] += pull * row[j]
      gradient[d] += pull
    }
    return loss
  }
  const at = await minimise(objective, new Float64Array(d + 1), { tolerance, iterations: 1000 }, breath)
  return { w: at.subarray(0, d), b: at[d] }
}

/** log(1 + exp(x)), also where exp(x) is too large. */
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))

/** The log odds of row i. */
export const logitOf = (x: Features, i: number, { w, b }: Line): number => dot(rowOf(x, i), w) + b
