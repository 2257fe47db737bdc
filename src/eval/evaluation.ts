/**
 * All metrics of a set of predictions with their 95 % intervals, beside what is had without
 * looking.
 */
import { type BootstrapOptions, bootstrap, RESAMPLES, type Statistic } from "./bootstrap.ts"
import { type Confusion, confusionMatrix, ratio, sum } from "./confusion.ts"
import { decisionMetrics, probabilityMetrics, whyUndefined } from "./detection.ts"
import { LEVEL, type Range, wilson } from "./interval.ts"
import { answerOf, detectionMetrics } from "./metrics.ts"
import { once } from "./ranking.ts"
import { answerAt, type Threshold } from "./threshold.ts"
import { multiclassMetrics, whyTypeUndefined } from "./types.ts"

/** What was predicted of one image by a network that had not seen its group. */
export interface Answered {
  group: string
  /** Index into the classes. */
  label: number
  /** One of the positive class, or one a class where there are more than two. */
  logits: readonly number[]
  /** One a class. */
  probabilities: readonly number[]
  /** The same after temperature scaling. */
  calibrated: readonly number[]
  /**
   * Logits of `calibrated`, if they are not `logits` divided by `temperature`: of a mean over
   * several networks.
   */
  scaled?: readonly number[]
  temperature: number
  /**
   * Where the network's threshold is, of two classes only; `scaled` is its logit after temperature
   * scaling, if that is not `logit` divided by `temperature`.
   */
  threshold: Pick<Threshold, "logit"> & { scaled?: number }
}

/** A metric and how far it may have been elsewhere. */
export interface Metric {
  value: number | null
  /** The 95 % interval to quote; null where there is none. */
  interval: Range | null
  /** Which one that is. */
  method: "wilson" | "bca" | "percentile" | null
  percentile: Range | null
  bca: Range | null
  /** Of proportions, with the number of groups as the number of trials. */
  wilson?: Range | null
  /** Why something is null. */
  why?: string
}

export type Metrics = Record<string, Metric>

interface SetEvaluation {
  /** Predictions; with repeats several an image. */
  n: number
  groups: number
  /** What is had without looking at an image. */
  majority: {
    /** The most frequent class. */
    answer: string
    /** Of always answering it; the Brier score is that of saying the classes' shares. */
    figures: Record<string, number | null>
  }
}

/** Two classes. */
export interface DetectionEvaluation extends SetEvaluation {
  atHalf: Metrics
  /** At the thresholds chosen on validation images. */
  atChosen: Metrics
  ranking: Metrics
  probabilities: Metrics
  /** The same after temperature scaling. */
  calibrated: Metrics
  confusion: { atHalf: Confusion; atChosen: Confusion }
}

/** More classes. */
export interface TypesEvaluation extends SetEvaluation {
  figures: Metrics
  calibrated: Metrics
  perClass: { name: string; n: number; figures: Metrics }[]
  confusion: Confusion
}

export type Evaluation = DetectionEvaluation | TypesEvaluation

/**
 * All metrics with their 95 % intervals, by a bootstrap over the groups: accuracy, sensitivity,
 * AUC, Brier score and so on. A metric that is not defined for these images is null, and says why.
 *
 * @param set what was predicted, such as `outOfFold` gives it; one entry per image, or per patient
 * @param classes their names; of two the second is the positive one
 * @param options number of resamples (1,000), and the seed of their draws (0)
 * @returns a DetectionEvaluation for two classes, which has `atHalf`; else a TypesEvaluation
 */
export function evaluate(
  set: readonly Answered[],
  classes: readonly string[],
  { resamples = RESAMPLES, seed = 0 }: Partial<BootstrapOptions> = {},
): Evaluation {
  const options = { resamples, seed }
  return classes.length === 2 ? detectionEvaluation(set, classes, options) : typesEvaluation(set, classes, options)
}

function detectionEvaluation(
  set: readonly Answered[],
  classes: readonly string[],
  options: BootstrapOptions,
): DetectionEvaluation {
  const labels = labelsOf(set)
  const logits = set.map((item) => item.logits[0])
  const chosen = set.map(({ threshold }, i) => answerAt(logits[i], threshold))
  const probabilities = set.map((item) => item.probabilities)
  const { answers: half, ...asPredicted } = detectionMetrics({ labels, probabilities, scores: logits })
  const parts = {
    atHalf: asPredicted.atHalf,
    atChosen: decisionMetrics(labels, chosen),
    ranking: asPredicted.ranking,
    probabilities: asPredicted.probabilities,
    calibrated: probabilityMetrics(
      labels,
      set.map(({ calibrated }) => calibrated[1]),
      set.map(({ scaled, temperature }, i) => scaled?.[0] ?? logits[i] / temperature),
    ),
  }
  const all = (weights: Float64Array) => ({
    atHalf: parts.atHalf(weights),
    atChosen: parts.atChosen(weights),
    ranking: parts.ranking(weights),
    probabilities: parts.probabilities(weights),
    calibrated: parts.calibrated(weights),
  })
  const metrics = withIntervals(all, groupsOf(set), options)
  for (const [part, answers] of [
    ["atHalf", half],
    ["atChosen", chosen],
  ] as const)
    addWilson(metrics[part], set, labels, answers)
  for (const [part, row] of Object.entries(metrics))
    for (const [key, metric] of Object.entries(row))
      settle(metric, set, () => whyUndefined(key, labels, part === "atChosen" ? chosen : half))
  return {
    ...counts(set),
    majority: majorityOf(labels, classes),
    ...metrics,
    confusion: { atHalf: confusionMatrix(labels, half, 2), atChosen: confusionMatrix(labels, chosen, 2) },
  }
}

function typesEvaluation(
  set: readonly Answered[],
  classes: readonly string[],
  options: BootstrapOptions,
): TypesEvaluation {
  const labels = labelsOf(set)
  const answers = set.map(({ probabilities }) => answerOf(probabilities))
  const said = set.map(({ probabilities }) => probabilities)
  const scaled = set.map(({ calibrated }) => calibrated)
  const asSaid = multiclassMetrics(labels, said, answers, classes.length)
  const afterwards = multiclassMetrics(labels, scaled, answers, classes.length)
  const rows = (weights: Float64Array) => {
    const { all, perClass } = asSaid(weights)
    const { brier, ece } = afterwards(weights).all
    return {
      figures: all,
      calibrated: { brier, ece },
      ...Object.fromEntries(perClass.map(({ n: _, ...metrics }, k) => [k, metrics])),
    }
  }
  const all: Record<string | number, Metrics> = withIntervals(rows, groupsOf(set), options)
  const right = labels.map((label, i) => Number(answers[i] === label))
  all.figures.accuracy.wilson = wilsonOf(set, right, () => true)
  for (const row of Object.values(all))
    for (const [key, metric] of Object.entries(row)) settle(metric, set, () => whyTypeUndefined(key, set.length))
  return {
    ...counts(set),
    majority: majorityOf(labels, classes),
    figures: all.figures,
    calibrated: all.calibrated,
    perClass: classes.map((name, k) => ({ name, n: labels.filter((label) => label === k).length, figures: all[k] })),
    confusion: confusionMatrix(labels, answers, classes.length),
  }
}

const labelsOf = (set: readonly Answered[]): number[] => set.map(({ label }) => label)
const groupsOf = (set: readonly Answered[]): string[] => set.map(({ group }) => group)
const counts = (set: readonly Answered[]) => ({ n: set.length, groups: new Set(groupsOf(set)).size })

/** Rows of metrics, all from the same resamples, each metric with its intervals. */
function withIntervals<Part extends string | number>(
  rows: (weights: Float64Array) => Record<Part, object>,
  groups: readonly string[],
  options: BootstrapOptions,
): Record<Part, Metrics> {
  const flat: Statistic = (weights) => {
    const out: Record<string, number | null> = {}
    for (const [part, row] of Object.entries<object>(rows(weights)))
      for (const [key, value] of Object.entries(row)) out[`${part} ${key}`] = value
    return out
  }
  const intervals = bootstrap(groups, flat, options)
  const made: Record<string, Metrics> = {}
  for (const [name, value] of Object.entries(flat(once(groups.length)))) {
    const [part, key] = name.split(" ")
    made[part] ??= {}
    made[part][key] = { value, interval: null, method: null, ...intervals[name] }
  }
  return made as Record<Part, Metrics>
}

/** Wilson's interval of the metrics that are plain proportions. */
function addWilson(
  metrics: Metrics,
  set: readonly Answered[],
  labels: readonly number[],
  answers: readonly number[],
): void {
  const right = labels.map((label, i) => Number(answers[i] === label))
  metrics.accuracy.wilson = wilsonOf(set, right, () => true)
  metrics.sensitivity.wilson = wilsonOf(set, right, (i) => labels[i] === 1)
  metrics.specificity.wilson = wilsonOf(set, right, (i) => labels[i] === 0)
  metrics.ppv.wilson = wilsonOf(set, right, (i) => answers[i] === 1)
  metrics.npv.wilson = wilsonOf(set, right, (i) => answers[i] === 0)
}

/**
 * Images of one group are no independent trials, so groups are counted: the share of images that
 * are right, in as many trials as there are groups. Where each image is a group of its own, that is
 * Wilson's interval as it is; else it is the cautious one.
 */
function wilsonOf(set: readonly Answered[], right: readonly number[], among: (i: number) => boolean): Range | null {
  const members = [...set.keys()].filter(among)
  const groups = new Set(members.map((i) => set[i].group)).size
  const share = ratio(sum(members.map((i) => right[i])), members.length)
  return share === null ? null : wilson(share === 1 ? groups : share * groups, groups, LEVEL)
}

/** Chooses the interval to quote, and says why something is missing. */
function settle(metric: Metric, set: readonly Answered[], why: () => string): void {
  if (metric.value === null) {
    metric.why = why()
    return
  }
  const single = new Set(groupsOf(set)).size === set.length
  const order = single ? (["wilson", "bca", "percentile"] as const) : (["bca", "percentile", "wilson"] as const)
  metric.method = order.find((method) => metric[method]) ?? null
  metric.interval = metric.method === null ? null : metric[metric.method]!
}

function majorityOf(labels: readonly number[], classes: readonly string[]): SetEvaluation["majority"] {
  const shares = classes.map((_, index) => labels.filter((label) => label === index).length / labels.length)
  const top = shares.indexOf(Math.max(...shares))
  const answers = labels.map(() => top)
  const weights = once(labels.length)
  const answer = classes[top]
  if (classes.length > 2) {
    const { accuracy, balancedAccuracy, macroF1, mcc } = multiclassMetrics(
      labels,
      labels.map(() => shares),
      answers,
      classes.length,
    )(weights).all
    const brier = 1 - sum(shares.map((share) => share ** 2))
    return { answer, figures: { accuracy, balancedAccuracy, macroF1, mcc, auc: 0.5, brier } }
  }
  const [, share] = shares
  const ranked = share > 0 && share < 1 ? 0.5 : null
  const figures = { ...decisionMetrics(labels, answers)(weights), auc: ranked, averagePrecision: share || null }
  return { answer, figures: { ...figures, brier: share * (1 - share) } }
}
