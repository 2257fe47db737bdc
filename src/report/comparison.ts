/**
 * What a comparison came to, for people: a row a contender, the pairs that the claims are about,
 * and the claims.
 */
import type { Claim, Comparison, Metric, Row } from "../compare/comparison.ts"
import { isolationText } from "../data/isolation.ts"
import { fixed, percent, table } from "../text/table.ts"

/**
 * The end of a comparison: its metrics, where it keeps them, how images were grouped, whether it
 * was stopped before its end.
 */
export interface ComparisonResult {
  comparison: Comparison
  folder: string
  grouping: string
  patientsUnknown?: boolean
  /** What is wrong with the images. */
  problems: string[]
  interrupted: boolean
}

export function comparisonText(result: ComparisonResult): string[] {
  const { comparison, folder, grouping, problems, interrupted } = result
  const { contenders, claims, level, config } = comparison
  const all = config.methods.length + config.optimizers.length
  const heading = `${level * 100} % interval`
  return [
    ...(interrupted ? [`Stopped after ${contenders.length} of ${all}.`] : []),
    "",
    ...table([["", "AUC", heading, "of the folds", "accuracy", "balanced", "s"], ...contenders.map(contenderCells)]),
    ...claims.flatMap((claim) => ["", ...pairsTable(comparison, claim, heading), ...claimText(comparison, claim)]),
    "",
    `Groups: ${grouping} ${isolationText(result)}`,
    ...problems.map((text) => `Problem: ${text}`),
    `Everything is in ${folder}: comparison.json, comparison.csv, comparison.svg and the predictions of each.`,
  ]
}

const contenderCells = ({ title, auc, meanFoldAuc, accuracy, balancedAccuracy, seconds }: Row): string[] => [
  ...[title, fixed(auc.value), rangeText(auc), fixed(meanFoldAuc)],
  ...[percent(accuracy.value), percent(balancedAccuracy.value), seconds.toFixed(1)],
]

export const rangeText = ({ interval }: Metric): string =>
  interval ? `${fixed(interval[0])} to ${fixed(interval[1])}` : "-"

function pairsTable({ contenders, differences }: Comparison, claim: Claim, heading: string): string[] {
  const { subject, better, worse } = claim
  const others = contenders.filter(({ id }) => [claim.better, claim.worse, claim.open].flat().includes(id))
  const rows = others.map(({ id, title }) => {
    const pair = differences.find(({ a, b }) => (a === subject && b === id) || (a === id && b === subject))!
    const sign = pair.a === subject ? 1 : -1
    const ends = pair.interval?.map((end) => sign * end).sort((a, b) => a - b) as [number, number] | undefined
    const verdict = better.includes(id) ? "better" : worse.includes(id) ? "worse" : "not shown"
    const value = pair.value === null ? null : sign * pair.value
    return [title, signed(value), ends ? `${signed(ends[0])} to ${signed(ends[1])}` : "-", verdict]
  })
  const title = `${titleOf(contenders, subject)} minus`
  return table([[title, "AUC", heading, ""], ...rows])
}

const titleOf = (contenders: readonly Row[], id: string): string => contenders.find((row) => row.id === id)!.title

const signed = (value: number | null): string =>
  value === null ? "-" : `${value > 0 ? "+" : ""}${fixed(value).replace(/^-(0\.0+)$/, "$1")}`

function claimText(
  { contenders, complete }: Comparison,
  { claim, subject, better, worse, open, holds }: Claim,
): string[] {
  const named = (ids: readonly string[]) => ids.map((id) => titleOf(contenders, id)).join("; ")
  const beaten = claim === "cnn-beats-traditional" ? "the traditional methods" : "the other optimisers"
  const some = complete ? "" : " that were finished"
  if (holds) return [`${titleOf(contenders, subject)} beats ${beaten}${some}: it is better than each of them.`]
  return [
    `Not shown: that ${titleOf(contenders, subject)} beats ${beaten}${some}.`,
    ...(better.length > 0 ? [`  Better than: ${named(better)}.`] : []),
    ...(worse.length > 0 ? [`  Worse than: ${named(worse)}.`] : []),
    ...(open.length > 0 ? [`  No difference beyond chance: ${named(open)}.`] : []),
  ]
}
