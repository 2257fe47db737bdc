/**
 * Temperature scaling: logits are divided by one number T, so that probabilities are as sure as
 * they may be; which class is the most probable stays. Guo et al., "On Calibration of Modern Neural
 * Networks", ICML 2017, https://arxiv.org/abs/1706.04599
 */
export interface Temperature {
  /** Above 1 the network was overconfident. */
  value: number
  /** Why it is 1 without having been fitted. */
  why?: string
}

/** What is used when nothing can be fitted. */
const unfitted = (why: string): Temperature => ({ value: 1, why })

/** Steps are enough when 1 / T changes by less, relatively. */
const PRECISION = 1e-12

/**
 * The T with the least mean cross-entropy of softmax(logits / T), or of sigmoid(logit / T) with one
 * logit an image. The loss is convex in 1 / T, so the root of its derivative is bracketed and found
 * by Newton's method. As
 * https://scikit-learn.org/stable/modules/generated/sklearn.calibration.CalibratedClassifierCV.html
 * with "temperature".
 *
 * @param logits of each validation image: one of the positive class, or one a class
 * @param labels class of each
 */
export function fitTemperature(logits: readonly (readonly number[])[], labels: ArrayLike<number>): Temperature {
  const rows = logits.map((row) => (row.length === 1 ? [0, row[0]] : row))
  if (rows.length === 0) return unfitted("there is no validation image")
  if (slope(rows, labels, 0).first >= 0)
    return unfitted(
      "on the validation images the network is no better than guessing, so complete uncertainty would look best",
    )
  if (rows.every((row, i) => row.every((value) => value <= row[labels[i]])))
    return unfitted("all validation images are right, so more confidence would always look better")
  let [low, high] = [0, 1]
  while (slope(rows, labels, high).first < 0) [low, high] = [high, high * 2]
  let inverse = (low + high) / 2
  for (let step = 0; step < 200; step++) {
    const { first, second } = slope(rows, labels, inverse)
    if (first < 0) low = inverse
    else high = inverse
    const newton = inverse - first / second
    const next = newton > low && newton < high ? newton : (low + high) / 2
    const change = Math.abs(next - inverse)
    inverse = next
    if (change <= PRECISION * inverse) break
  }
  return { value: 1 / inverse }
}

/** First and second derivative of the summed cross-entropy by 1 / T. */
function slope(rows: readonly (readonly number[])[], labels: ArrayLike<number>, inverse: number) {
  let [first, second] = [0, 0]
  for (const [i, row] of rows.entries()) {
    const top = Math.max(...row)
    let [total, mean, squares] = [0, 0, 0]
    for (const value of row) {
      const share = Math.exp((value - top) * inverse)
      total += share
      mean += share * (value - top)
      squares += share * (value - top) ** 2
    }
    mean /= total
    first += mean - (row[labels[i]] - top)
    second += squares / total - mean ** 2
  }
  return { first, second }
}
