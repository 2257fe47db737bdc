/**
 * Whether a class can be predicted from one number that has nothing to do with bones. If so, a
 * network may learn that number, and its accuracy says nothing about fractures.
 */
import { folds } from "../data/folds.ts"
import type { FileFacts } from "../data/read_image.ts"
import { rocAuc } from "../eval/auc.ts"
import type { Look } from "./look.ts"

/** Groups a class must have before the figure means anything. */
const FEWEST = 5
const FOLDS = 5
const BINS = 6
/** A shortcut's AUC must lie above this with two standard errors to spare. */
const CHANCE = 0.55

export interface Shortcut {
  name: string
  /** The class that it tells from the others best. */
  of: string
  /** Area under the ROC curve, on images of groups that the rule was not made from. */
  auc: number
  standardError: number
  /** Whether it is beyond chance. */
  telling: boolean
}

type Numbers = FileFacts & Look

/** Each figure as a number; null where a file has none. */
const FIGURES: Record<string, (facts: Numbers) => number | null> = {
  "file size": ({ bytes }) => bytes,
  "bytes per pixel": ({ bytes, width, height }) => bytes / (width * height),
  "JPEG quality": ({ jpegQuality }) => jpegQuality,
  width: ({ width }) => width,
  height: ({ height }) => height,
  "aspect ratio": ({ width, height }) => width / height,
  sharpness: ({ sharpness }) => sharpness,
  "mean gray": ({ mean }) => mean,
  "border gray": ({ border }) => border,
}

interface Labelled {
  files: string[]
  classes: string[]
  labels: Uint8Array
  groups: string[]
}

/**
 * A figure a line, the most telling first, without those that all files have in common; empty where
 * a class has too few groups to say. The rule that is tested takes nothing for granted about the
 * figure, more or less, or in between: the values are cut into bins, and each bin votes for the
 * class that is more frequent in it than elsewhere.
 */
export function shortcuts(data: Labelled, facts: readonly Numbers[]): Shortcut[] {
  const perClass = data.classes.map((_, label) => new Set(data.groups.filter((_, i) => data.labels[i] === label)).size)
  if (data.classes.length < 2 || Math.min(...perClass) < FEWEST) return []
  const fold = folds(data, { k: FOLDS, seed: 0 })
  return Object.entries(FIGURES)
    .map(([name, figure]) => ({ name, values: facts.map(figure) }))
    .filter(({ values }) => new Set(values).size > 1)
    .map(({ name, values }) => best(name, values, data, fold, perClass))
    .sort((a, b) => b.auc - a.auc)
}

function best(
  name: string,
  values: (number | null)[],
  { classes, labels }: Labelled,
  fold: Uint8Array,
  perClass: number[],
): Shortcut {
  const all = perClass.reduce((sum, n) => sum + n, 0)
  const rows = classes.slice(classes.length === 2 ? 1 : 0).map((of) => {
    const label = classes.indexOf(of)
    const positive = Array.from(labels, (one) => Number(one === label))
    const auc = rocAuc(positive, outOfFold(values, positive, fold)) ?? 0.5
    const standardError = hanleyMcNeil(Math.max(auc, 0.5), perClass[label], all - perClass[label])
    return { name, of, auc, standardError, telling: auc - 2 * standardError > CHANCE }
  })
  return rows.reduce((a, b) => (b.auc > a.auc ? b : a))
}

/**
 * For each image the logarithm of how much more frequent its bin is among the positives of the
 * other folds.
 */
function outOfFold(values: (number | null)[], positive: number[], fold: Uint8Array): number[] {
  const scores = new Array<number>(values.length)
  for (let k = 0; k < FOLDS; k++) {
    const train = [...values.keys()].filter((i) => fold[i] !== k)
    const edges = binEdges(train.map((i) => values[i]))
    const counts = { yes: new Array(BINS + 1).fill(1), no: new Array(BINS + 1).fill(1) }
    for (const i of train) (positive[i] ? counts.yes : counts.no)[binOf(values[i], edges)]++
    const total = (of: number[]) => of.reduce((sum, n) => sum + n, 0)
    const [yes, no] = [total(counts.yes), total(counts.no)]
    for (const [i, value] of values.entries()) {
      const bin = binOf(value, edges)
      if (fold[i] === k) scores[i] = Math.log(counts.yes[bin] / yes / (counts.no[bin] / no))
    }
  }
  return scores
}

/** Upper ends of all bins but the last, at even parts of the values. */
function binEdges(values: (number | null)[]): number[] {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b)
  const edges = Array.from({ length: BINS - 1 }, (_, b) => sorted[Math.floor(((b + 1) * sorted.length) / BINS)])
  return [...new Set(edges.filter((edge) => edge !== undefined && edge > sorted[0]))]
}

/** Files without the figure have the last bin to themselves. */
const binOf = (value: number | null, edges: number[]): number =>
  value === null ? BINS : edges.filter((edge) => value >= edge).length

/**
 * Standard error of an AUC; Hanley and McNeil, Radiology 143(1), 1982, with groups for images,
 * which are not independent.
 */
function hanleyMcNeil(auc: number, positives: number, negatives: number): number {
  const [q1, q2] = [auc / (2 - auc), (2 * auc * auc) / (1 + auc)]
  const variance = auc * (1 - auc) + (positives - 1) * (q1 - auc * auc) + (negatives - 1) * (q2 - auc * auc)
  return Math.sqrt(variance / (positives * negatives))
}
