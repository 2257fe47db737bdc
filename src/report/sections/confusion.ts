/** What was answered for what was true, and all metrics with their intervals. */
import type { DetectionEvaluation, Metrics, TypesEvaluation } from "../../eval/evaluation.ts"
import { fixed, percent, whole } from "../../text/table.ts"
import { unchosenText } from "../design_text.ts"
import { type Html, html, type Section, tableHtml } from "../html.ts"
import { isShare, metricNames, metricText } from "../metric_text.ts"
import type { Predicted } from "../predicted.ts"

export function confusionSection({ evaluation, classes }: Predicted): Section {
  const { pooled, thresholdRule, folds } = evaluation
  const body = "atHalf" in pooled ? detection(pooled, classes, thresholdRule, folds) : types(pooled, classes)
  return { id: "confusion", title: "Confusion matrices and metrics", body }
}

function detection(
  pooled: DetectionEvaluation,
  classes: string[],
  rule: string | undefined,
  folds: Predicted["evaluation"]["folds"],
): Html {
  const { atHalf, atChosen, ranking, probabilities, calibrated, confusion, majority } = pooled
  const thresholds = folds.map(({ threshold }) => fixed(threshold?.probability, 3)).join(", ")
  const keys = ["accuracy", "balancedAccuracy", "sensitivity", "specificity", "ppv", "npv", "f1", "mcc"]
  const plain = (key: string) => {
    const value = majority.figures[key]
    return value === undefined ? "" : isShare(key) ? percent(value) : fixed(value)
  }
  const rows = [
    ...keys.map((key) => [metricNames[key], cell(key, atChosen), plain(key), cell(key, atHalf)]),
    ...["auc", "averagePrecision"].map((key) => [metricNames[key], cell(key, ranking), plain(key), ""]),
  ]
  const sure = ["brier", "ece", "calibrationSlope", "calibrationIntercept", "calibrationInTheLarge"].map((key) => [
    ...[metricNames[key], cell(key, probabilities), cell(key, calibrated), key === "brier" ? plain(key) : ""],
  ])
  const chosen =
    unchosenText(folds) ?? `The threshold of each fold was chosen on its validation images (${rule}): ${thresholds}.`
  return html`<p>${chosen}</p>
<div class="charts">${matrixHtml("At the chosen thresholds", confusion.atChosen, classes)}${matrixHtml("At 0.5", confusion.atHalf, classes)}</div>
<h3>Metrics, with 95 % intervals</h3>
${tableHtml(["", "at the chosen thresholds", `always “${majority.answer}”`, "at 0.5"], rows)}
${tableHtml(["probabilities", "uncalibrated", "after temperature scaling", "class prevalence"], sure)}
<p class="soft">Intervals are Wilson’s for proportions if each image is its own group, else a bootstrap over groups; metrics.json
has all of them.</p>`
}

function types(pooled: TypesEvaluation, classes: string[]): Html {
  const { figures, perClass, confusion, majority } = pooled
  const rows = Object.keys(figures).map((key) => [
    ...[metricNames[key] ?? key, cell(key, figures)],
    majority.figures[key] === undefined
      ? ""
      : isShare(key)
        ? percent(majority.figures[key])
        : fixed(majority.figures[key]),
  ])
  const keys = ["sensitivity", "specificity", "precision", "f1", "auc"]
  const each = perClass.map(({ name, n, figures }) => [name, whole(n), ...keys.map((key) => cell(key, figures))])
  return html`${matrixHtml("The most probable class is answered", confusion, classes)}
<h3>Metrics, with 95 % intervals</h3>
${tableHtml(["", "value", `always “${majority.answer}”`], rows)}
${tableHtml(["class", "n", ...keys.map((key) => metricNames[key])], each)}`
}

function cell(key: string, metrics: Metrics): Html {
  const metric = metrics[key]
  if (!metric || metric.value === null) return html`<span class="soft" title="${metric?.why ?? ""}">-</span>`
  const [value, ...range] = metricText(key, metric).split(" (")
  return html`<span class="nowrap">${value}</span> <span class="nowrap">${range.map((text) => `(${text}`)}</span>`
}

/** Shaded by the part of its row: rows are what is true. */
export function matrixHtml(
  title: string | null,
  counts: readonly (readonly number[])[],
  classes: readonly string[],
): Html {
  const rows = counts.map((row, label) => {
    const all = row.reduce((a, b) => a + b, 0)
    const cells = row.map((n, answer) => {
      const of = label === answer ? "var(--good)" : "var(--bad)"
      const part = all > 0 ? n / all : 0
      return html`<td style="--of:${of};--part:${part.toFixed(3)}">${whole(n)} <small>${percent(part)}</small></td>`
    })
    return html`<tr><th scope="row">${classes[label]}</th>${cells}</tr>\n`
  })
  return html`<figure>${title && html`<h3>${title}</h3>`}<div class="wide" tabindex="0"><table class="confusion">
<thead><tr><th scope="col">true \\ answered</th>${classes.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows}</tbody></table></div></figure>`
}
