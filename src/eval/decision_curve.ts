/**
 * Decision curve: what acting on a model's probabilities is worth. A threshold pt says how many
 * false alarms one found fracture is worth: pt / (1 - pt) each. Net benefit = TP/n - FP/n * pt / (1
 * - pt).
 *
 * Vickers and Elkin, "Decision curve analysis", Med Decis Making 26(6), 2006, 565-574.
 */

export interface DecisionPoint {
  /** Probability from which on an image is treated as positive. */
  threshold: number
  /** Net benefit of treating the images from that probability on; null without an image. */
  model: number | null
  /** Of treating all images. Treating none has a net benefit of 0. */
  all: number | null
}

/** 0.01, 0.02 ... 0.99 */
const THRESHOLDS = Array.from({ length: 99 }, (_, i) => (i + 1) / 100)

/**
 * @param positive 1 for a positive, 0 for a negative
 * @param probabilities calibrated ones: a net benefit takes them at their word
 */
export function decisionCurve(
  positive: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  thresholds: readonly number[] = THRESHOLDS,
): DecisionPoint[] {
  const outside = thresholds.find((threshold) => !(threshold >= 0 && threshold < 1))
  if (outside !== undefined)
    throw new Error(`decisionCurve: the threshold is ${outside}; expected a probability from 0 up to, but not 1`)
  return thresholds.map((threshold) => {
    const price = threshold / (1 - threshold)
    const n = positive.length
    let [all, model] = [0, 0]
    for (let i = 0; i < positive.length; i++) {
      const worth = positive[i] === 1 ? 1 : -price
      all += worth
      if (probabilities[i] >= threshold) model += worth
    }
    return n === 0 ? { threshold, model: null, all: null } : { threshold, model: model / n, all: all / n }
  })
}
