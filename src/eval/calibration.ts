/** Whether probabilities mean what they say: of images called 80 %, are 80 % positive? */
import { once } from "./ranking.ts"

/**
 * Bins of the expected calibration error: (0, 0.1], (0.1, 0.2] ... (0.9, 1]; 0 itself belongs to
 * the first.
 */
const CALIBRATION_BINS = 10

export const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit))

/**
 * Bin of each probability, as
 * https://scikit-learn.org/stable/modules/generated/sklearn.calibration.calibration_curve.html
 */
export function calibrationBins(probabilities: ArrayLike<number>, bins = CALIBRATION_BINS): Uint8Array {
  return Uint8Array.from(probabilities, (p) => {
    let bin = 0
    while (bin < bins - 1 && p > (bin + 1) * (1 / bins)) bin++
    return bin
  })
}

/** One bar of a reliability diagram. */
export interface CalibrationBin {
  /** The bin holds probabilities over `from`, up to and with `to`. */
  from: number
  to: number
  n: number
  /** Mean probability that was said; null in an empty bin. */
  said: number | null
  /** Share that came true; null in an empty bin. */
  came: number | null
}

/**
 * The bars of a reliability diagram, empty ones included.
 *
 * @param hit 1 where what was said with `probabilities` came true, 0 where not
 */
export function reliability(
  hit: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  weights: ArrayLike<number> = once(hit.length),
  bins: Uint8Array = calibrationBins(probabilities),
): CalibrationBin[] {
  const totals = Array.from({ length: CALIBRATION_BINS }, () => ({ n: 0, said: 0, came: 0 }))
  for (let i = 0; i < hit.length; i++) {
    const total = totals[bins[i]]
    total.n += weights[i]
    total.said += weights[i] * probabilities[i]
    total.came += weights[i] * hit[i]
  }
  return totals.map(({ n, said, came }, bin) => {
    const [from, to] = [bin, bin + 1].map((edge) => edge * (1 / CALIBRATION_BINS))
    return { from, to, n, said: n > 0 ? said / n : null, came: n > 0 ? came / n : null }
  })
}

/**
 * Expected calibration error, sum over bins of n_b / n * |came_b - said_b|: Naeini et al., AAAI
 * 2015, in ten bins of equal width.
 *
 * @returns null without an image
 */
export function expectedCalibrationError(bars: readonly CalibrationBin[]): number | null {
  let [n, error] = [0, 0]
  for (const bar of bars) {
    if (bar.n === 0) continue
    n += bar.n
    error += bar.n * Math.abs(bar.came! - bar.said!)
  }
  return n === 0 ? null : error / n
}

/**
 * What a recalibration by logistic regression would do to the logits; a perfect one leaves them:
 * slope 1, intercepts 0.
 */
export interface CalibrationLine {
  /** b of logit P(positive) = a + b logit; under 1 the probabilities are too extreme. */
  slope: number | null
  /** a of the same fit. */
  intercept: number | null
  /**
   * a of logit P(positive) = a + logit, calibration in the large; under 0 the probabilities are too
   * high on the whole.
   */
  inTheLarge: number | null
}

const NO_LINE: CalibrationLine = { slope: null, intercept: null, inTheLarge: null }

/**
 * Unpenalised logistic regression of the label on the logit, by Newton's method. As Van Calster et
 * al., "A calibration hierarchy for risk models was defined", J Clin Epidemiol 74 (2016), 167-176.
 *
 * @param start where Newton's method begins: the fit to a similar sample saves steps
 * @returns nulls without both classes; slope and intercept are null where logits separate the
 * classes, since no fit is best then, and where all logits are equal
 */
export function calibrationLine(
  positive: ArrayLike<number>,
  logits: ArrayLike<number>,
  weights: ArrayLike<number> = once(positive.length),
  start: CalibrationLine = NO_LINE,
): CalibrationLine {
  const range = ranges(positive, logits, weights)
  if (!Number.isFinite(range.positive.low) || !Number.isFinite(range.negative.low)) return NO_LINE
  const inTheLarge = newton(positive, logits, weights, { a: start.inTheLarge ?? 0, b: 1 }, true)?.a ?? null
  const separated = range.negative.high <= range.positive.low || range.positive.high <= range.negative.low
  if (separated) return { slope: null, intercept: null, inTheLarge }
  const line = newton(positive, logits, weights, { a: start.intercept ?? 0, b: start.slope ?? 1 }, false)
  return { slope: line?.b ?? null, intercept: line?.a ?? null, inTheLarge }
}

function ranges(positive: ArrayLike<number>, logits: ArrayLike<number>, weights: ArrayLike<number>) {
  const all = [0, 1].map(() => ({ low: Infinity, high: -Infinity }))
  for (let i = 0; i < positive.length; i++) {
    if (weights[i] === 0) continue
    const range = all[positive[i]]
    if (logits[i] < range.low) range.low = logits[i]
    if (logits[i] > range.high) range.high = logits[i]
  }
  return { negative: all[0], positive: all[1] }
}

interface Line {
  a: number
  b: number
}

/**
 * Newton's steps until nothing changes any more. From a similar sample's fit whole steps do; else
 * the careful ones follow.
 */
function newton(
  positive: ArrayLike<number>,
  logits: ArrayLike<number>,
  weights: ArrayLike<number>,
  start: Line,
  fixedSlope: boolean,
): Line | undefined {
  let line = start
  for (let step = 0; step < 8; step++) {
    const move = direction(derivatives(positive, logits, weights, line), fixedSlope)
    line = { a: line.a - move.a, b: line.b - move.b }
    // Whole steps may go further and further.
    if (!Number.isFinite(line.a + line.b)) break
    if (isLast(line, move)) return line
  }
  return careful(positive, logits, weights, { a: 0, b: 1 }, fixedSlope)
}

/**
 * Newton squares the error with each step: what is left of it behind such a step is far below
 * rounding.
 */
const isLast = ({ a, b }: Line, move: Line): boolean =>
  Math.max(Math.abs(move.a), Math.abs(move.b)) <= 1e-8 * (1 + Math.abs(a) + Math.abs(b))

/** Halves a step that goes too far: the loss is convex, so it goes down with every one. */
function careful(
  positive: ArrayLike<number>,
  logits: ArrayLike<number>,
  weights: ArrayLike<number>,
  start: Line,
  fixedSlope: boolean,
): Line | undefined {
  let line = start
  for (let step = 0; step < 100; step++) {
    const full = direction(derivatives(positive, logits, weights, line), fixedSlope)
    if (!Number.isFinite(full.a + full.b)) return undefined
    const before = loss(positive, logits, weights, line)
    let size = 1
    const after = () => ({ a: line.a - size * full.a, b: line.b - size * full.b })
    while (size > 1e-10 && loss(positive, logits, weights, after()) > before + 1e-12 * Math.abs(before)) size /= 2
    line = after()
    if (isLast(line, full)) return line
  }
  return undefined
}

interface Derivatives {
  /** By a, by b. */
  da: number
  db: number
  /** Second ones. */
  daa: number
  dab: number
  dbb: number
}

function direction({ da, db, daa, dab, dbb }: Derivatives, fixedSlope: boolean): Line {
  if (fixedSlope) return { a: da / daa, b: 0 }
  const determinant = daa * dbb - dab * dab
  return { a: (dbb * da - dab * db) / determinant, b: (daa * db - dab * da) / determinant }
}

function derivatives(
  positive: ArrayLike<number>,
  logits: ArrayLike<number>,
  weights: ArrayLike<number>,
  { a, b }: Line,
): Derivatives {
  let [da, db, daa, dab, dbb] = [0, 0, 0, 0, 0]
  for (let i = 0; i < positive.length; i++) {
    const w = weights[i]
    if (w === 0) continue
    const x = logits[i]
    const p = sigmoid(a + b * x)
    const error = w * (p - positive[i])
    const curve = w * p * (1 - p)
    da += error
    db += error * x
    daa += curve
    dab += curve * x
    dbb += curve * x * x
  }
  return { da, db, daa, dab, dbb }
}

function loss(
  positive: ArrayLike<number>,
  logits: ArrayLike<number>,
  weights: ArrayLike<number>,
  { a, b }: Line,
): number {
  let total = 0
  for (let i = 0; i < positive.length; i++) {
    const z = a + b * logits[i]
    total += weights[i] * (Math.max(z, 0) - z * positive[i] + Math.log1p(Math.exp(-Math.abs(z))))
  }
  return total
}
