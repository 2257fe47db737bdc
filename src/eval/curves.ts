/**
 * Points of the ROC and the precision-recall curve, and bands around them by the bootstrap over
 * groups.
 */
import { type BootstrapOptions, RESAMPLES, resamples } from "./bootstrap.ts"
import { LEVEL, quantile } from "./interval.ts"
import { once, type Ranking, ranking, sweep } from "./ranking.ts"

/** Scores with their labels and groups, an entry of each an image. */
export interface Scored {
  groups: readonly string[]
  /** 1 for a positive, 0 for a negative. */
  positive: ArrayLike<number>
  scores: ArrayLike<number>
}

/**
 * Answering positive from a score of `threshold` on, as
 * https://scikit-learn.org/stable/modules/generated/sklearn.metrics.roc_curve.html
 */
export interface RocPoint {
  /** null at the first point, where nothing is predicted positive. */
  threshold: number | null
  falsePositiveRate: number
  sensitivity: number
}

/** From (0, 0) to (1, 1), a point a distinct score; empty without both classes. */
export function rocPoints({ positive, scores }: Omit<Scored, "groups">): RocPoint[] {
  const points = counted(positive, scores, ranking(scores), once(positive.length))
  const { positives, negatives } = points[points.length - 1] ?? { positives: 0, negatives: 0 }
  if (positives === 0 || negatives === 0) return []
  return [{ threshold: null, positives: 0, negatives: 0 }, ...points].map((point) => ({
    threshold: point.threshold,
    falsePositiveRate: point.negatives / negatives,
    sensitivity: point.positives / positives,
  }))
}

/**
 * The same, as
 * https://scikit-learn.org/stable/modules/generated/sklearn.metrics.precision_recall_curve.html
 */
export interface PrecisionRecallPoint {
  threshold: number
  recall: number
  precision: number
}

/** From the highest score to the lowest; empty without a positive. */
export function precisionRecallPoints({ positive, scores }: Omit<Scored, "groups">): PrecisionRecallPoint[] {
  const points = counted(positive, scores, ranking(scores), once(positive.length))
  const all = points[points.length - 1]?.positives ?? 0
  if (all === 0) return []
  return points.map(({ threshold, positives, negatives }) => ({
    threshold,
    recall: positives / all,
    precision: positives / (positives + negatives),
  }))
}

/** A curve on an even grid, with what lies around it. */
export interface Band {
  /** From 0 to 1. */
  x: number[]
  y: number[]
  /** Pointwise percentile interval of the resamples. */
  low: number[]
  high: number[]
}

export interface BandOptions extends Partial<BootstrapOptions> {
  /** Points of the grid. */
  points?: number
}

/**
 * Sensitivity (y) over the false positive rate (x), linear between points; null without both
 * classes.
 */
export const rocBand = (scored: Scored, options: BandOptions = {}): Band | null => band(scored, options, rocOn)

/**
 * Precision (y) at the first score that reaches a recall (x), as average precision adds up; null
 * without a positive.
 */
export const precisionRecallBand = (scored: Scored, options: BandOptions = {}): Band | null =>
  band(scored, options, precisionOn)

interface Count {
  threshold: number
  positives: number
  negatives: number
}

/**
 * @param points are overwritten and returned: of thousands of resamples, each would make as many
 */
function counted(
  positive: ArrayLike<number>,
  scores: ArrayLike<number>,
  ranks: Ranking,
  weights: ArrayLike<number>,
  points: Count[] = [],
): Count[] {
  let at = 0
  sweep(positive, ranks, weights, (positives, negatives, last) => {
    const point = (points[at++] ??= { threshold: 0, positives: 0, negatives: 0 })
    point.threshold = scores[last]
    point.positives = positives
    point.negatives = negatives
  })
  return points
}

type OnGrid = (counts: readonly Count[], grid: readonly number[]) => number[] | null

function rocOn(counts: readonly Count[], grid: readonly number[]): number[] | null {
  const all = counts[counts.length - 1]
  if (!all || all.positives === 0 || all.negatives === 0) return null
  let at = 0
  let before: Omit<Count, "threshold"> = { positives: 0, negatives: 0 }
  return grid.map((x) => {
    const negatives = x * all.negatives
    // Where the curve rises straight up, its upper end counts.
    while (at < counts.length && counts[at].negatives <= negatives) before = counts[at++]
    const next = counts[at]
    if (!next) return 1
    const part = (negatives - before.negatives) / (next.negatives - before.negatives)
    return (before.positives + part * (next.positives - before.positives)) / all.positives
  })
}

function precisionOn(counts: readonly Count[], grid: readonly number[]): number[] | null {
  const all = counts[counts.length - 1]
  if (!all || all.positives === 0) return null
  const first = counts.findIndex(({ positives }) => positives > 0)
  let at = first
  return grid.map((x) => {
    while (at < counts.length - 1 && counts[at].positives < x * all.positives - 1e-9) at++
    return counts[at].positives / (counts[at].positives + counts[at].negatives)
  })
}

function band({ groups, positive, scores }: Scored, options: BandOptions, onGrid: OnGrid): Band | null {
  const { points = 101, resamples: rounds = RESAMPLES, seed = 0 } = options
  const grid = Array.from({ length: points }, (_, i) => i / (points - 1))
  const ranks = ranking(scores)
  const counts: Count[] = []
  const curve = (weights: ArrayLike<number>) => onGrid(counted(positive, scores, ranks, weights, counts), grid)
  const y = curve(once(positive.length))
  if (y === null) return null
  const columns = grid.map(() => [] as number[])
  for (const weights of resamples(groups, { resamples: rounds, seed })) {
    curve(weights)?.forEach((value, i) => {
      columns[i].push(value)
    })
  }
  const sorted = columns.map((column) => Float64Array.from(column).sort())
  const tail = (1 - LEVEL) / 2
  return {
    x: grid,
    y,
    low: sorted.map((column) => quantile(column, tail)),
    high: sorted.map((column) => quantile(column, 1 - tail)),
  }
}
