/**
 * AUC without looking at the bone: how well logistic regression tells the classes apart from what
 * says nothing about fractures. A network has to be better than the best of these.
 */
import type { Breath } from "../classic/breath.ts"
import { type Features, standardise } from "../classic/features.ts"
import { fitLogistic, logitOf } from "../classic/logistic.ts"
import type { Dataset } from "../data/dataset.ts"
import { folds } from "../data/folds.ts"
import { aucOf } from "../eval/auc.ts"
import { type Estimate, estimates } from "../eval/estimates.ts"
import { mean } from "../eval/mean.ts"

/** What a regression is given, by name: "gray histogram", "column part". */
export type Clues = Readonly<Record<string, Features>>

export interface ClueResult {
  name: string
  /**
   * Of images whose group the regression was not fitted to; with more than two classes the mean
   * over each against the rest.
   */
  auc: Estimate
}

const FOLDS = 5

/**
 * Strength of the fit (scikit-learn's C), of standardised features whose squared length is about 1.
 */
const C = 1

type Labelled = Pick<Dataset, "files" | "classes" | "labels" | "groups">

/**
 * Cross-validated with groups kept together; intervals by the bootstrap over groups.
 *
 * @returns the most telling first; empty if a class has fewer groups than there are folds
 */
export async function withoutBone(data: Labelled, clues: Clues, breath: Breath): Promise<ClueResult[]> {
  const perClass = data.classes.map((_, label) => new Set(data.groups.filter((_, i) => data.labels[i] === label)).size)
  if (perClass.length < 2 || Math.min(...perClass) < FOLDS) return []
  const fold = folds(data, { k: FOLDS, seed: 0 })
  const results: ClueResult[] = []
  for (const [name, x] of Object.entries(clues)) {
    const tested = data.classes.length === 2 ? [1] : [...data.classes.keys()]
    const each: ReturnType<typeof aucOf>[] = []
    for (const label of tested) {
      const positive = Array.from(data.labels, (one) => Number(one === label))
      each.push(aucOf(positive, await outOfFold(x, positive, fold, breath)))
    }
    const { auc } = estimates(data.groups, (weights) => {
      const aucs = each.map((metric) => metric(weights))
      return { auc: aucs.includes(null) ? null : mean(aucs) }
    })
    results.push({ name, auc })
  }
  return results.sort((a, b) => (b.auc.value ?? 0) - (a.auc.value ?? 0))
}

/** The log odds of each image by a regression fitted to the other folds. */
async function outOfFold(
  x: Features,
  positive: readonly number[],
  fold: Uint8Array,
  breath: Breath,
): Promise<Float64Array> {
  const scores = new Float64Array(x.n)
  for (let k = 0; k < FOLDS; k++) {
    const train = [...positive.keys()].filter((i) => fold[i] !== k)
    const scaled = standardise(x, train)
    const line = await fitLogistic(scaled, positive, train, { c: C }, breath)
    for (const i of positive.keys()) if (fold[i] === k) scores[i] = logitOf(scaled, i, line)
  }
  return scores
}
