/** What stands on top: what the run is, what is wrong with it, its metrics. */
import type { DetectionEvaluation, Evaluation, Metric, TypesEvaluation } from "../../eval/evaluation.ts"
import { fixed, percent, whole } from "../../text/table.ts"
import { alerts } from "../alerts.ts"
import { alertsHtml } from "../alerts_html.ts"
import { testedText } from "../design_text.ts"
import { holdsText } from "../holds_text.ts"
import { type Html, html } from "../html.ts"
import { rangeText, shareText } from "../metric_text.ts"
import type { RunFiles } from "../run_files.ts"

/** @param films images of the data set that the page shows */
export function headHtml(run: RunFiles, films: number): Html {
  const { config, evaluation, summary } = run
  const { pooled } = evaluation
  return html`<p class="soft">Run of ${config.started.slice(0, 16).replace("T", " ")} UTC, cnn ${config.versions.cnn}</p>
<h1>${summary.classes.length === 2 ? `Detection of “${summary.classes[1]}”` : `Telling apart ${summary.classes.join(", ")}`}: ${config.data.name}</h1>
<p><strong>Not for clinical use.</strong> ${verdict(run)}</p>
<p>${holdsText(config.hidden !== undefined, films)}</p>
${alertsHtml(alerts(run))}
${tilesHtml(pooled, run.audit)}
<p class="soft">All ${whole(pooled.n)} test predictions together (${whole(pooled.groups)} groups), each by a network that saw nothing of the image’s group;
in brackets 95 % intervals.</p>`
}

type Audit = RunFiles["audit"] | undefined

/** The headline metrics, and with an audit what is reached without looking at the bone. */
export const tilesHtml = (evaluation: Evaluation, audit?: Audit): Html =>
  html`<dl class="tiles">${"atHalf" in evaluation ? detectionTiles(evaluation, audit) : typesTiles(evaluation, audit)}</dl>`

function verdict({ evaluation, summary }: RunFiles): string {
  const { pooled } = evaluation
  const accuracy = ("atHalf" in pooled ? pooled.atHalf : pooled.figures).accuracy.value
  return (
    `${testedText(summary)}, ${percent(accuracy)} of ${whole(pooled.n)} answers are right${summary.complete ? "" : " (finished folds only)"}; ` +
    `always answering “${pooled.majority.answer}” is right for ${percent(pooled.majority.figures.accuracy)}.`
  )
}

const tile = (name: string, value: string, ...below: string[]): Html =>
  html`<div><dt>${name}</dt><dd>${value}</dd>${below.filter(Boolean).map((text) => html`<dd>${text}</dd>`)}</div>\n`

const share = (name: string, metric: Metric, further = "") => tile(name, shareText(metric), rangeText(metric), further)

/** The AUC, and below it what is to be beaten. */
function aucTile(name: string, auc: Metric, audit: Audit): Html {
  const best = audit?.withoutBone?.[0]
  const beat = best ? `${fixed(best.auc.value)} without looking at the bone (${best.name})` : ""
  return tile(name, fixed(auc.value), rangeText(auc, false), "chance 0.500", beat)
}

function detectionTiles(
  { atHalf, atChosen, ranking, majority, calibrated }: DetectionEvaluation,
  audit: Audit,
): Html[] {
  return [
    share("Accuracy", atHalf.accuracy, `at 0.5, majority ${percent(majority.figures.accuracy)}`),
    aucTile("AUC", ranking.auc, audit),
    share("Sensitivity", atChosen.sensitivity, "at the chosen threshold"),
    share("Specificity", atChosen.specificity, "at the chosen threshold"),
    share("Balanced accuracy", atHalf.balancedAccuracy, "at 0.5, chance 50.0 %"),
    share("Calibration error", calibrated.ece, "after temperature scaling"),
  ]
}

function typesTiles({ figures, majority }: TypesEvaluation, audit: Audit): Html[] {
  return [
    share("Accuracy", figures.accuracy, `majority ${percent(majority.figures.accuracy)}`),
    share("Balanced accuracy", figures.balancedAccuracy, `chance ${percent(majority.figures.balancedAccuracy)}`),
    tile("Macro F1", fixed(figures.macroF1.value), rangeText(figures.macroF1, false)),
    aucTile("Macro AUC", figures.auc, audit),
  ]
}
