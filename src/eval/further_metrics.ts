/**
 * What reviewers ask for beyond the metrics of all images: by patient, by subgroup, at fixed rates,
 * in use.
 */
import { RESAMPLES } from "./bootstrap.ts"
import { decisionCurve } from "./decision_curve.ts"
import { type Estimate, estimates, withWilson } from "./estimates.ts"
import { type Answered, type Evaluation, evaluate } from "./evaluation.ts"
import { answerOf } from "./metrics.ts"
import { operatingPoint } from "./operating_point.ts"
import { patients } from "./patients.ts"
import { ranking } from "./ranking.ts"
import { countTests, type ItemMetrics, type Subgroup, subgroups, twoClassMetrics } from "./subgroups.ts"
import { answerAt } from "./threshold.ts"
import { multiclassMetrics } from "./types.ts"

export interface FurtherMetrics {
  /** null if each patient has one image. */
  patients: PatientMetrics | null
  /** null unless columns were asked for. */
  subgroups: SubgroupMetrics | null
  /** null with more than two classes. */
  fixedRates: FixedRate[] | null
  /** null with more than two classes. */
  decisionCurve: DecisionCurve | null
}

export interface PatientMetrics {
  /** As of one image per patient. */
  evaluation: Evaluation
  /**
   * Patients with images of several classes, which are left out if there are more than two classes.
   * A count, as metrics.json holds no names.
   */
  mixed: number
}

export interface SubgroupMetrics {
  /** The columns. */
  by: string[]
  /** Differences that Holm's correction counts. */
  tests: number
  rows: Subgroup[]
}

/**
 * The best sensitivity at a specificity, or the reverse; value and interval are of the rate that is
 * free.
 */
export interface FixedRate extends Estimate {
  fixed: "sensitivity" | "specificity"
  least: number
  /** What the fixed rate comes to; null without a positive or without a negative. */
  reached: number | null
  /** Logit from which on images are predicted positive; null if none are. */
  threshold: number | null
}

/** Net benefit at each threshold; of treating none it is 0. */
export interface DecisionCurve {
  threshold: number[]
  model: number[]
  all: number[]
}

export interface FurtherOptions {
  /** For subgroups: a cell per prediction. */
  columns?: Readonly<Record<string, readonly string[]>>
  resamples?: number
  /** Of the resamples' draws. */
  seed?: number
}

/**
 * @param repeats what each cross-validation predicted out of fold
 * @param classes their names; of two the second is the positive one
 */
export function furtherMetrics(
  repeats: readonly (readonly Answered[])[],
  classes: readonly string[],
  { columns = {}, resamples = RESAMPLES, seed = 0 }: FurtherOptions = {},
): FurtherMetrics {
  const set = repeats.flat()
  const binary = classes.length === 2
  return {
    patients: patientMetrics(repeats, classes, { resamples, seed }),
    subgroups: subgroupMetrics(set, classes, columns, seed),
    fixedRates: binary ? fixedRates(set, { resamples, seed }) : null,
    decisionCurve: binary ? curve(set) : null,
  }
}

type Draws = Required<Pick<FurtherOptions, "resamples" | "seed">>

/** A patient's predictions of several repeats stay apart, as an image's do, and in one group. */
function patientMetrics(
  repeats: readonly (readonly Answered[])[],
  classes: readonly string[],
  draws: Draws,
): PatientMetrics | null {
  if (repeats.every((set) => new Set(set.map(({ group }) => group)).size === set.length)) return null
  const found = repeats.map(patients)
  const mixed = new Set(found.flatMap((one) => one.mixed)).size
  const set = found.flatMap((one) => one.set)
  return set.length === 0 ? null : { evaluation: evaluate(set, classes, draws), mixed }
}

function subgroupMetrics(
  set: readonly Answered[],
  classes: readonly string[],
  columns: Readonly<Record<string, readonly string[]>>,
  seed: number,
): SubgroupMetrics | null {
  const by = Object.keys(columns)
  if (by.length === 0) return null
  const groups = set.map(({ group }) => group)
  const rows: Subgroup[] = subgroups<string>(groups, columns, itemMetrics(set, classes.length), { seed })
  return { by, tests: countTests(rows), rows }
}

/** Two classes at the chosen thresholds; with more the most probable class counts. */
function itemMetrics(set: readonly Answered[], classes: number): ItemMetrics<string> {
  const labels = set.map(({ label }) => label)
  if (classes === 2) {
    const logits = set.map((item) => item.logits[0])
    return twoClassMetrics(
      labels,
      logits,
      set.map(({ threshold }, i) => answerAt(logits[i], threshold)),
    )
  }
  const probabilities = set.map((item) => item.probabilities)
  const all = multiclassMetrics(labels, probabilities, probabilities.map(answerOf), classes)
  const of = (weights: Float64Array) => {
    const { accuracy, balancedAccuracy, auc } = all(weights).all
    return { auc, accuracy, balancedAccuracy }
  }
  return { of, proportions: { accuracy: labels.map(() => 1) } }
}

const RATES = [0.9, 0.95]

function fixedRates(set: readonly Answered[], draws: Draws): FixedRate[] {
  const positive = set.map(({ label }) => label)
  const scores = set.map(({ logits }) => logits[0])
  const groups = set.map(({ group }) => group)
  const ranks = ranking(scores)
  const asked = (["specificity", "sensitivity"] as const).flatMap((fixed) => RATES.map((least) => ({ fixed, least })))
  const point = ({ fixed, least }: (typeof asked)[number], weights?: Float64Array) =>
    operatingPoint(fixed, least, positive, scores, weights, ranks)
  const free = ({ fixed }: (typeof asked)[number]) => (fixed === "specificity" ? "sensitivity" : "specificity")
  const found = estimates(
    groups,
    (weights) => Object.fromEntries(asked.map((one, k) => [k, point(one, weights)?.[free(one)] ?? null])),
    draws,
  )
  return asked.map((one, k) => {
    const at = point(one)
    const of = one.fixed === "specificity" ? 1 : 0
    const trials = new Set(groups.filter((_, i) => positive[i] === of)).size
    const estimate = found[k].interval === null ? withWilson(found[k], trials) : found[k]
    return { ...one, reached: at?.[one.fixed] ?? null, threshold: at?.threshold ?? null, ...estimate }
  })
}

function curve(set: readonly Answered[]): DecisionCurve {
  const points = decisionCurve(
    set.map(({ label }) => label),
    set.map(({ calibrated }) => calibrated[1]),
  )
  return {
    threshold: points.map(({ threshold }) => threshold),
    model: points.map(({ model }) => model!),
    all: points.map(({ all }) => all!),
  }
}
