/** What answers come to at a threshold; a slider moves it, without one the panel is as written. */
import { rocPoints } from "../eval/curves.ts"
import type { DetectionEvaluation } from "../eval/evaluation.ts"
import { HALF } from "../eval/threshold.ts"
import { calibratedThreshold } from "../run/mean_prediction.ts"
import { fixed } from "../text/table.ts"
import { type Html, html, raw } from "./html.ts"
import { metricNames, metricText, shareText } from "./metric_text.ts"
import { chartHtml, colour, line, unit } from "./page_chart.ts"
import type { Predicted, WithFurther } from "./predicted.ts"
import { scoredOf } from "./scored.ts"
import { matrixHtml } from "./sections/confusion.ts"
import { decisionChart } from "./sections/decision.ts"

/** The slider's places, in hundredths. */
const [FIRST, LAST] = [1, 99]

/**
 * null with more than two classes, or without images of both.
 *
 * @param whose which thresholds were chosen, before their mean
 */
export async function answerPanel(
  run: Predicted & WithFurther,
  whose = "each fold’s own, on average",
): Promise<Html | null> {
  const { images, classes, further } = run
  const { pooled, folds } = run.evaluation
  const points = classes.length === 2 ? rocPoints(scoredOf(images)) : []
  if (points.length === 0 || !("atChosen" in pooled) || !further.decisionCurve) return null
  const { atChosen, confusion, ranking } = pooled
  const threshold = meanThreshold(folds)
  const auc = metricText("auc", ranking.auc)
  const roc = await chartHtml({
    title: `ROC: AUC ${auc}`,
    label: `ROC curve of ${classes[1]}, AUC ${auc}, with the threshold's place on it`,
    ...{ x: unit("1 - specificity"), y: unit("sensitivity"), square: true },
    series: [
      line([[0, 0], [1, 1]], "var(--soft)", { width: 1, dashed: true }), // biome-ignore format: a line
      line(points.map((at) => [at.falsePositiveRate, at.sensitivity]), colour(0)), // biome-ignore format: short
    ],
    spot: { name: "roc", x: 1 - atChosen.specificity.value!, y: atChosen.sensitivity.value! },
  })
  const benefit = netBenefit(confusion.atChosen, threshold)
  const decision = await decisionChart(further.decisionCurve, classes[1], {
    spot: { name: "decision", x: threshold, y: benefit },
    square: true,
  })
  return html`<div class="panel" data-above="${JSON.stringify(countsAbove(images))}" data-totals="${totals(images).join(" ")}">
${roc}<div><h3>Answers</h3>
<p>Threshold: <output>${whose} ${fixed(threshold, 2)}</output></p>
<p class="slider" hidden><input type="range" aria-label="Threshold in hundredths" autocomplete="off" min="${FIRST}" max="${LAST}" value="${Math.round(100 * threshold)}">
<button type="button">As chosen</button></p>
${matrixHtml(null, confusion.atChosen, classes)}
${ratesHtml(atChosen, benefit)}
<p class="soft">Of calibrated probabilities. If you move the threshold, you choose it on tested images, which flatters it.</p></div>
${decision}</div>
<script>${raw(SCRIPT)}</script>
`
}

/** Positives and negatives whose calibrated probability is above each place of the slider. */
function countsAbove(images: Predicted["images"]): [number, number][] {
  return Array.from({ length: LAST - FIRST + 1 }, (_, k) => {
    const above = images.filter(({ calibrated }) => calibrated[1] > (FIRST + k) / 100)
    return totals(above)
  })
}

const totals = (images: Predicted["images"]): [number, number] => {
  const positives = images.filter(({ label }) => label === 1).length
  return [positives, images.length - positives]
}

/** Of the networks' calibrated thresholds, within the slider. */
function meanThreshold(folds: Predicted["evaluation"]["folds"]): number {
  const networks = folds.map(({ threshold = HALF, temperature }) => ({
    threshold: threshold.probability,
    temperature: temperature.value,
  }))
  return Math.min(LAST / 100, Math.max(FIRST / 100, calibratedThreshold(networks)))
}

function netBenefit([[tn, fp], [fn, tp]]: DetectionEvaluation["confusion"]["atChosen"], threshold: number): number {
  return (tp - (fp * threshold) / (1 - threshold)) / (tn + fp + fn + tp)
}

function ratesHtml(atChosen: DetectionEvaluation["atChosen"], benefit: number): Html {
  const rates = ["sensitivity", "specificity", "ppv", "npv"].map((key) => [key, metricNames[key], shareText(atChosen[key])]) // biome-ignore format: short
  const rows = [...rates, ["benefit", "Net benefit", fixed(benefit)]]
  return html`<dl class="rates">${rows.map(([key, name, text]) => html`<dt>${name}</dt><dd data-rate="${key}">${text}</dd>`)}</dl>`
}

/** Runs from file://, once per panel: what stands in the page is counted again at the slider. */
const SCRIPT = `{
  const panel = document.currentScript.previousElementSibling
  const above = JSON.parse(panel.dataset.above)
  const [positives, negatives] = panel.dataset.totals.split(" ").map(Number)
  const asWritten = panel.innerHTML
  const percent = (n, all) => (all > 0 ? ((100 * n) / all).toFixed(1) + " %" : "-")
  const move = (name, x, y) => {
    const spot = panel.querySelector('[data-spot="' + name + '"]')
    const [left, width, bottom, height, low, high] = spot.dataset.frame.split(" ").map(Number)
    spot.setAttribute("cx", left + width * x)
    spot.setAttribute("cy", bottom + height * Math.min(high, Math.max(low, y)))
  }
  const show = (at) => {
    const [tp, fp] = above[at - ${FIRST}]
    const [t, fn, tn] = [at / 100, positives - tp, negatives - fp]
    const benefit = (tp - (fp * t) / (1 - t)) / (positives + negatives)
    const cells = panel.querySelectorAll(".confusion td")
    for (const [i, n] of [tn, fp, fn, tp].entries()) {
      const all = i < 2 ? negatives : positives
      cells[i].innerHTML = n.toLocaleString("en-US") + " <small>" + percent(n, all) + "</small>"
      cells[i].style.setProperty("--part", n / all)
    }
    const rates = { sensitivity: percent(tp, positives), specificity: percent(tn, negatives),
      ppv: percent(tp, tp + fp), npv: percent(tn, tn + fn), benefit: benefit.toFixed(3) }
    for (const [key, text] of Object.entries(rates)) panel.querySelector('[data-rate="' + key + '"]').textContent = text
    move("roc", fp / negatives, tp / positives)
    move("decision", t, benefit)
    panel.querySelector("output").textContent = t.toFixed(2) + " for all images"
  }
  const start = () => {
    panel.querySelector(".slider").hidden = false
    panel.querySelector("input").addEventListener("input", (event) => show(Number(event.target.value)))
    panel.querySelector("button").addEventListener("click", () => {
      panel.innerHTML = asWritten
      start()
      panel.querySelector("button").focus()
    })
  }
  start()
}`
