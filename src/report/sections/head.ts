/** What stands on top: what the run is, what is wrong with it, its metrics. */
import type { DetectionEvaluation, Evaluation, Metric, TypesEvaluation } from "../../eval/evaluation.ts"
import { plural } from "../../text/plural.ts"
import { fixed, percent } from "../../text/table.ts"
import { type Alert, alerts } from "../alerts.ts"
import { alertsHtml } from "../alerts_html.ts"
import { answerPanel } from "../answer_panel.ts"
import { testedText, unchosenText } from "../design_text.ts"
import { holdsText } from "../holds_text.ts"
import { type Html, html } from "../html.ts"
import { metricText, rangeText, shareText } from "../metric_text.ts"
import { aucOfRun, type RunFiles } from "../run_files.ts"

/**
 * @param films images of the data set that the page shows
 * @param typical some of them, with their maps
 */
export async function headHtml(
  run: RunFiles,
  { films, typical }: { films: number; typical: Html | false },
): Promise<Html> {
  const { config, evaluation, summary } = run
  const { pooled } = evaluation
  const found = alerts(run)
  return html`<p class="soft">Run of ${config.started.slice(0, 16).replace("T", " ")} UTC, cnn ${config.versions.cnn}</p>
<h1>${summary.classes.length === 2 ? `Detection of “${summary.classes[1]}”` : `Telling apart ${summary.classes.join(", ")}`}: ${config.data.name}</h1>
<p class="verdict">${verdict(run, found)}</p>
<p class="wider"><strong>Not for clinical use.</strong> ${holdsText(config.hidden !== undefined, films)}</p>
${alertsHtml(found)}
${tilesHtml(pooled, run.audit)}
<p class="soft wider">Each image by a network that saw nothing of its group${answersText(run)}; in brackets 95 % intervals.</p>
<div class="top">${await answerPanel(run)}${typical}</div>`
}

type Audit = RunFiles["audit"] | undefined

/** The headline metrics, and with an audit what is reached without looking at the bone. */
export const tilesHtml = (evaluation: Evaluation, audit?: Audit): Html =>
  html`<dl class="tiles">${"atHalf" in evaluation ? detectionTiles(evaluation, audit) : typesTiles(evaluation, audit)}</dl>`

/** What, on how many patients, how good, against which baseline, and what is wrong with it. */
function verdict(run: RunFiles, found: readonly Alert[]): string {
  const { config, evaluation, summary } = run
  const patients = config.data.patientsUnknown
    ? "of unknown patients"
    : `for ${plural(evaluation.pooled.groups, "patient")} (groups)`
  const { n, majority, ...pooled } = evaluation.pooled
  const { accuracy } = "atChosen" in pooled ? pooled.atChosen : pooled.figures
  const doubts =
    found.length > 0
      ? `${found.length > 1 ? `First of ${found.length} reservations` : "Reservation"}: ${found[0].text}`
      : "Nothing that speaks against it was found."
  return (
    `${testedText(summary)}${summary.complete ? "" : " (finished folds only)"}, ${plural(n, "prediction")} ${patients}: ` +
    `AUC ${metricText("auc", aucOfRun(run))}, chance 0.500; ${metricText("accuracy", accuracy)} of the answers are right, ` +
    `${percent(majority.figures.accuracy)} by always answering “${majority.answer}”. ${doubts}`
  )
}

/** At which threshold all numbers on top are. */
function answersText({ evaluation: { folds, pooled } }: RunFiles): string {
  if (!("atChosen" in pooled)) return ", answered with the most probable class"
  return unchosenText(folds) === undefined
    ? ", at the threshold that its fold chose on validation images"
    : ", at the threshold 0.5"
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

function detectionTiles({ atChosen, ranking, majority, calibrated }: DetectionEvaluation, audit: Audit): Html[] {
  return [
    aucTile("AUC", ranking.auc, audit),
    share("Sensitivity", atChosen.sensitivity),
    share("Specificity", atChosen.specificity),
    share("Accuracy", atChosen.accuracy, `majority ${percent(majority.figures.accuracy)}`),
    share("Balanced accuracy", atChosen.balancedAccuracy, "chance 50.0 %"),
    share("Calibration error", calibrated.ece, "calibrated"),
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
