/** A row a fold. */

import type { Evaluation } from "../../eval/evaluation.ts"
import { mean, standardDeviation } from "../../eval/mean.ts"
import type { RunMetrics } from "../../run/metrics_file.ts"
import type { Averages, Summary } from "../../run/summary.ts"
import { fixed, percent, whole } from "../../text/table.ts"
import { foldTitle } from "../../train/fold_name.ts"
import { html, type Section, tableHtml } from "../html.ts"
import { isShare, metricNames } from "../metric_text.ts"
import type { RunFiles } from "../run_files.ts"

const DRAWN = `Pooled is what counts: all test images together. The spread over folds is smaller than that over other
patients, since folds share most of their training images.`
const UNSEEN = `Each row is of images with a value that its network never saw. The spread over rows says how far a new one may differ;
pooled mixes networks whose probabilities need not agree.`
const GIVEN = "Tested once on the set’s own test part, by one network."

export function foldsSection({ summary: asStored, evaluation }: RunFiles): Section {
  const summary = atChosen(asStored, evaluation)
  const { split, foldsBy } = summary
  const binary = summary.classes.length === 2
  const keys = binary
    ? ["accuracy", "majorityAccuracy", "balancedAccuracy", "sensitivity", "specificity", "auc"]
    : ["accuracy", "majorityAccuracy", "balancedAccuracy", "macroF1", "auc"]
  const cells = (row: object) =>
    keys.map((key) => (isShare(key) ? percent((row as Averages)[key]) : fixed((row as Averages)[key])))
  const rows = summary.folds.map((row) => [
    ...[foldTitle(row), whole(row.n), ...cells(row)],
    ...(binary ? [fixed(row.threshold)] : []),
    ...[fixed(row.temperature, 2), `${row.bestEpoch} of ${row.epochs}`, row.seconds.toFixed(1)],
  ])
  const rest = Array(binary ? 4 : 3).fill("")
  const title = (key: string) => (key === "majorityAccuracy" ? "Majority" : metricNames[key])
  const header = ["", "n", ...keys.map(title), ...(binary ? ["threshold"] : []), "temperature", "epoch kept", "s"]
  const table = tableHtml(
    header,
    split === "given"
      ? rows
      : [
          ...rows,
          ["mean", "", ...cells(summary.mean), ...rest],
          ["sd", "", ...cells(summary.sd), ...rest],
          ["pooled", whole(summary.pooled?.n ?? 0), ...cells(summary.pooled ?? {}), ...rest],
        ],
  )
  const repeats = evaluation.repeats?.map((repeat) => {
    const { accuracy } = "atChosen" in repeat ? repeat.atChosen : repeat.figures
    return percent(accuracy.value)
  })
  return {
    id: "folds",
    title: foldsBy === undefined ? "Fold by fold" : `Each ${foldsBy} unseen`,
    body: html`${table}${repeats && html`<p>Accuracy of each of the ${repeats.length} repeats: ${repeats.join(", ")}.</p>`}
<p class="soft">${binary && "Answers are at each fold’s own threshold. "}${split === "given" ? GIVEN : foldsBy === undefined ? DRAWN : UNSEEN}</p>`,
  }
}

/** summary.json has what is answered at 0.5; metrics.json has each fold at its own threshold. */
function atChosen(summary: Summary, { folds, pooled }: RunMetrics): Summary {
  const answers = (evaluation: Evaluation): Averages =>
    "atChosen" in evaluation ? mapValues(evaluation.atChosen, ({ value }) => value) : {}
  const rows = folds.map(answers)
  const over = (average: typeof mean) => mapValues(rows[0], (_, key) => average(rows.map((row) => row[key])))
  return {
    ...summary,
    folds: summary.folds.map((row) => ({
      ...row,
      ...rows[folds.findIndex(({ repeat, fold }) => repeat === row.repeat && fold === row.fold)],
    })),
    mean: { ...summary.mean, ...over(mean) },
    sd: { ...summary.sd, ...over(standardDeviation) },
    pooled: summary.pooled && { ...summary.pooled, ...answers(pooled) },
  }
}

const mapValues = <From, To>(from: Record<string, From>, to: (value: From, key: string) => To): Record<string, To> =>
  Object.fromEntries(Object.entries(from).map(([key, value]) => [key, to(value, key)]))
