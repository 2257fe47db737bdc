/** report.html of an evaluation, with the same face as a run's. */
import path from "node:path"
import { imageAt } from "../data/pixels.ts"
import { RESAMPLES } from "../eval/bootstrap.ts"
import type { Alert } from "../report/alerts.ts"
import { alerts } from "../report/alerts.ts"
import { alertsHtml } from "../report/alerts_html.ts"
import { answerPanel } from "../report/answer_panel.ts"
import { holdsText } from "../report/holds_text.ts"
import { factsHtml, type Html, html, type Section, tableHtml } from "../report/html.ts"
import { page } from "../report/page.ts"
import type { Predicted } from "../report/predicted.ts"
import { calibrationSection } from "../report/sections/calibration.ts"
import { confusionSection } from "../report/sections/confusion.ts"
import { curvesSection } from "../report/sections/curves.ts"
import { decisionSection } from "../report/sections/decision.ts"
import { plain } from "../report/sections/errors.ts"
import { tilesHtml } from "../report/sections/head.ts"
import { patientsSection } from "../report/sections/patients.ts"
import { subgroupsSection } from "../report/sections/subgroups.ts"
import { plural } from "../text/plural.ts"
import { quoted } from "../text/quoted.ts"
import { fixed, percent, whole } from "../text/table.ts"
import { keysFor } from "./drop.ts"
import type { EvaluatedRun, ExternalEvaluation } from "./evaluate_runs.ts"
import type { Asked } from "./evaluation_files.ts"
import {
  apartText,
  changeText,
  dropHeader,
  dropRows,
  keyNames,
  sharedText,
  whyNoChange,
  whyNoDifference,
} from "./result_text.ts"

/** Errors that are shown. */
const SHOWN = 12

export async function evaluationPage(result: ExternalEvaluation, asked: Asked): Promise<string> {
  const { runs, data } = result
  const sections = [dataSection(result), ...comparedSection(result)]
  for (const [k, one] of runs.entries()) sections.push(...(await runSections(one, result, runs.length > 1 ? k : null)))
  sections.push(repeatSection(result, asked))
  return page(`cnn evaluate: ${path.basename(data.name)}`, await headHtml(result, asked), sections)
}

async function headHtml(result: ExternalEvaluation, { started }: Asked): Promise<Html> {
  const { runs, data, classes } = result
  const tiles: Html[] = []
  for (const one of runs) {
    const panel = await answerPanel({ ...predicted(one, classes), further: one.further }, "the networks’ mean,")
    tiles.push(
      html`${runs.length > 1 && html`<h2>${one.name}</h2>`}${tilesHtml(one.evaluation)}<div class="top">${panel}</div>`,
    )
  }
  const [{ evaluation }] = runs
  return html`<p class="soft">Evaluation of ${started.toISOString().slice(0, 16).replace("T", " ")} UTC</p>
<h1>${runs.map(({ name }) => name).join(", ")} on ${data.name}</h1>
<p><strong>Not for clinical use.</strong> Images that the run was trained on are left out.</p>
${runs.some(isHidden) && html`<p>${holdsText(true, 0)}</p>`}
${alertsHtml(warnings(result))}
${tiles}
<p class="soft">${whole(evaluation.n)} images (${whole(evaluation.groups)} groups), each by the mean of a run’s networks${"atHalf" in evaluation && ", answered at the mean of their thresholds"};
in brackets 95 % intervals.</p>`
}

function warnings({ runs, gaps, sharedGroups, notDefined, data }: ExternalEvaluation): Alert[] {
  const problem = (text: string): Alert => ({ level: "problem", text })
  const note = (text: string): Alert => ({ level: "note", text })
  const ofRuns = runs.flatMap(({ run, name }) =>
    alerts(run)
      .filter(({ level }) => level === "problem")
      .map(({ text }) => problem(`${name}: ${text}`)),
  )
  return [
    ...ofRuns,
    ...sharedText(sharedGroups).map(problem),
    ...(data.groupWarnings ?? []).map(problem),
    ...gaps.map(note),
    ...Object.entries(notDefined).map(([key, why]) => note(`${keyNames[key]} is not defined: ${why}.`)),
  ]
}

/** Whether the page is without images and names: of all runs, as `hideEvaluation` leaves them. */
const isHidden = ({ run }: EvaluatedRun): boolean => run.config.hidden !== undefined

function dataSection({ data, classes, leftOut, runs }: ExternalEvaluation): Section {
  const counts = classes.map((name, k) => `${whole(data.labels.filter((label) => label === k).length)} ${name}`)
  const facts = factsHtml([
    ["Images", `${data.name}: ${counts.join(", ")}`],
    ["Groups", `${whole(new Set(data.groups).size)}. ${data.grouping}`],
    ["Left out", leftOut.length > 0 && `${plural(leftOut.length, "image")} that the networks were trained on`],
    ["Cannot be used", data.skipped.length > 0 && `${plural(data.skipped.length, "file")}; metrics.json lists them`],
  ])
  const rows = runs.some(isHidden) ? [] : leftOut.map(({ file, reason }) => [file, reason])
  return {
    id: "data",
    title: "Images",
    body: html`${facts}${
      rows.length > 0 &&
      html`<h3>Left out: ${plural(rows.length, "image")} that the networks were trained on</h3>
${tableHtml(["file", "is"], rows)}`
    }`,
  }
}

function comparedSection({ compared, classes }: ExternalEvaluation): Section[] {
  if (!compared) return []
  const rows = keysFor(classes.length).flatMap((key) =>
    compared[key].pairs.map((pair) => [
      `${keyNames[key]}: ${pair.a} - ${pair.b}`,
      changeText(key, pair),
      fixed(pair.p),
      fixed(pair.adjusted),
    ]),
  )
  const body = html`<p>Each run’s networks together, on the same images; by a paired bootstrap over groups.</p>
${tableHtml(["", "difference", "p", "p after Holm’s correction"], rows)}
${whyNoDifference(compared, classes.length).map((text) => html`<p class="soft">${text}</p>`)}`
  return [{ id: "compared", title: "Runs compared", body }]
}

/** @param k the number of the run, null for a single one */
async function runSections(one: EvaluatedRun, { data, classes }: ExternalEvaluation, k: number | null) {
  const shown = predicted(one, classes)
  const names = { curve: "networks together", chosen: "at the mean threshold" }
  const further = { ...shown, further: one.further }
  const sections = [
    dropSection(one, classes.length),
    await curvesSection(shown, names),
    await calibrationSection(shown),
    confusionOf(one, shown),
    patientsSection(further),
    subgroupsSection(further),
    await decisionSection(further),
    ...(isHidden(one) ? [] : [await errorsSection(one, data.size, pixelsOf(data), classes)]),
  ].filter((section) => section !== null)
  if (k === null) return sections
  return sections.map(({ id, title, body }) => ({ id: `${id}-${k}`, title: `${one.name}: ${title}`, body }))
}

const predicted = ({ run, images, evaluation, networks }: EvaluatedRun, classes: string[]): Predicted => ({
  ...{ images, classes, config: run.config },
  evaluation: {
    pooled: evaluation,
    resamples: RESAMPLES,
    thresholdRule: run.evaluation.thresholdRule,
    folds: networks.map(({ repeat, fold, threshold, temperature }) => ({
      validation: run.evaluation.folds.find((one) => one.repeat === repeat && one.fold === fold)?.validation ?? 0,
      threshold: { probability: threshold },
      temperature: { value: temperature },
    })),
  },
})

function dropSection(one: EvaluatedRun, classes: number): Section {
  return {
    id: "drop",
    title: "Beside the run’s own metrics",
    body: html`${one.run.config.train.split === "given" ? ownPart : outOfFold}
${tableHtml(dropHeader(one), dropRows(one, classes))}
${whyNoChange(one, classes).map((text) => html`<p class="soft">${text}</p>`)}`,
  }
}

const ownPart = html`<p>The network was tested once, on the test part of its set’s own split: that metric beside the one on this set.</p>`

const outOfFold = html`<p>Out of fold, each image was predicted by one network, so the networks are evaluated one by one here, too: the
mean of each one’s metric on this set beside the mean over the folds. The last column, of the mean of all networks, has no out-of-fold
counterpart. With two classes, thresholds are those that validation images of the run chose. The run’s report pools the predictions of all folds
instead, which also ranks images of different networks against each other: its metric is another one, and its interval is wider.</p>`

function confusionOf({ threshold, evaluation, run }: EvaluatedRun, shown: Predicted): Section {
  const section = confusionSection(shown)
  if (!("atHalf" in evaluation)) return section
  const apart = apartText(run.evaluation.folds).map((text) => html`<p>Note: ${text}.</p>`)
  return {
    ...section,
    body: html`<p>The threshold is the mean of the networks’ thresholds, ${fixed(threshold)}.</p>${apart}${section.body}`,
  }
}

const pixelsOf = (data: ExternalEvaluation["data"]) => {
  const places = new Map(data.files.map((file, i) => [file, i]))
  return (file: string) => imageAt(data, places.get(file)!)
}

async function errorsSection(
  { images }: EvaluatedRun,
  size: number,
  pixels: (file: string) => Uint8Array,
  classes: string[],
): Promise<Section> {
  const wrong = images.filter(({ label, chosen }) => label !== chosen)
  const sure = ({ calibrated, chosen }: EvaluatedRun["images"][number]) => calibrated[chosen]
  const shown = wrong.toSorted((a, b) => sure(b) - sure(a) || a.file.localeCompare(b.file)).slice(0, SHOWN)
  const figures: Html[] = []
  for (const image of shown) {
    const { file, group, label, chosen } = image
    figures.push(html`<figure><img src="${await plain(pixels(file), size)}" alt="${file}"><figcaption><strong>True: ${classes[label]}. Predicted: ${classes[chosen]} (${percent(sure(image))})</strong><br>
${file}${group !== file && html`, group ${group}`}</figcaption></figure>\n`)
  }
  return {
    id: "errors",
    title: "The most confident errors",
    body: html`<p>${whole(wrong.length)} of ${whole(images.length)} answers are wrong${wrong.length > SHOWN && `; these ${SHOWN} were the most confident`}. Probabilities are calibrated.</p>
<div class="pictures">${figures}</div>
${shown.length > 0 && html`<p class="soft">This page holds these images: pass it on only where you may pass on them.</p>`}`,
  }
}

function repeatSection({ runs }: ExternalEvaluation, { command }: Asked): Section {
  const facts = factsHtml(
    runs.map(({ run, name, networks }) => [
      name,
      `${plural(networks.length, "network")}, cnn ${run.config.versions.cnn}`,
    ]),
  )
  return {
    id: "repeat",
    title: "How to reproduce this",
    body: html`<pre class="command">npx ${command.map(quoted).join(" ")}</pre>${facts}`,
  }
}
