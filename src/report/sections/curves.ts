/** ROC and precision-recall, with what the bootstrap over groups leaves open. */
import { averagePrecision, rocAuc } from "../../eval/auc.ts"
import { type Band, precisionRecallBand, precisionRecallPoints, rocBand, rocPoints } from "../../eval/curves.ts"
import type { DetectionEvaluation } from "../../eval/evaluation.ts"
import { fixed } from "../../text/table.ts"
import { foldName } from "../../train/fold_name.ts"
import { type Html, html, type Section } from "../html.ts"
import { metricText } from "../metric_text.ts"
import { between, chartHtml, colour, line, unit } from "../page_chart.ts"
import type { CurveNames, Predicted } from "../predicted.ts"
import { scoredOf } from "../scored.ts"

/** With more folds their curves are a thicket. */
const MOST_FOLDS = 10

const points = (band: Band) => band.x.map((x, i) => [x, band.y[i]] as const)

const OUT_OF_FOLD: CurveNames = { curve: "all folds", chosen: "at the folds’ own thresholds" }

export async function curvesSection(run: Predicted, names = OUT_OF_FOLD): Promise<Section> {
  const charts = run.classes.length === 2 ? await detectionCharts(run, names) : await typeCharts(run)
  return { id: "curves", title: "ROC and precision-recall", body: html`<div class="charts">${charts}</div>` }
}

async function detectionCharts({ images, config, evaluation, classes }: Predicted, names: CurveNames): Promise<Html[]> {
  const scored = scoredOf(images)
  const { seed } = config.train
  const { resamples, pooled } = evaluation
  const { ranking, atHalf, atChosen } = pooled as DetectionEvaluation
  const roc = rocBand(scored, { seed, resamples })
  const pr = precisionRecallBand(scored, { seed, resamples })
  if (!roc || !pr) return [html`<p>There is no curve without images of both classes.</p>`]
  const share =
    scored.groups.length > 0 ? Array.from(scored.positive).reduce((a, b) => a + b, 0) / scored.groups.length : 0
  const band = { name: "95 % of resamples of groups", colour: "color-mix(in srgb, var(--c0) 35%, transparent)" }
  const spots = (places: (number | null)[][]) =>
    places.map(([x, y], k) => ({
      type: "scatter" as const,
      data: x === null || y === null ? [] : [[x, y]],
      symbol: k === 0 ? "circle" : "diamond",
      symbolSize: k === 0 ? 9 : 12,
      itemStyle: { color: colour(k === 0 ? 1 : 3) },
    }))
  const marks = [
    { name: "at 0.5", colour: colour(1), mark: "●" },
    { name: names.chosen, colour: colour(3), mark: "◆" },
  ]
  const missed = ({ specificity }: DetectionEvaluation["atHalf"]) =>
    specificity.value === null ? null : 1 - specificity.value
  const each = foldsOf(images).map((some) => scoredOf(some))
  const eachLegend = each.length > 0 ? [{ name: "each fold", colour: FAINT }] : []
  return [
    await chartHtml({
      square: true,
      title: `ROC: AUC ${metricText("auc", ranking.auc)}`,
      label: `ROC curve of ${classes[1]}, AUC ${metricText("auc", ranking.auc)}`,
      x: unit("1 - specificity"),
      y: unit("sensitivity"),
      legend: [
        { name: names.curve, colour: colour(0) },
        ...eachLegend,
        band,
        ...marks,
        { name: "chance", colour: "var(--soft)", dashed: true },
      ],
      series: [
        ...between(roc.x, roc.low, roc.high, colour(0), "roc"),
        line([[0, 0], [1, 1]], "var(--soft)", { width: 1, dashed: true }), // biome-ignore format: a line
        ...each.map((fold) => line(rocPoints(fold).map((at) => [at.falsePositiveRate, at.sensitivity]), FAINT, { width: 1 })), // biome-ignore format: short
        line(rocPoints(scored).map((at) => [at.falsePositiveRate, at.sensitivity]), colour(0)), // biome-ignore format: short
        ...spots([[missed(atHalf), atHalf.sensitivity.value], [missed(atChosen), atChosen.sensitivity.value]]), // biome-ignore format: pairs
      ],
    }),
    await chartHtml({
      square: true,
      title: `Precision-recall: average precision ${metricText("averagePrecision", ranking.averagePrecision)}`,
      label: `Precision-recall curve of ${classes[1]}, average precision ${metricText("averagePrecision", ranking.averagePrecision)}`,
      x: unit("recall (sensitivity)"),
      y: unit("precision (positive predictive value)"),
      legend: [
        ...[{ name: names.curve, colour: colour(0) }, ...eachLegend, band, ...marks],
        { name: `chance, ${fixed(share, 2)}`, colour: "var(--soft)", dashed: true },
      ],
      series: [
        ...between(pr.x, pr.low, pr.high, colour(0), "pr"),
        line([[0, share], [1, share]], "var(--soft)", { width: 1, dashed: true }), // biome-ignore format: a line
        ...each.map((fold) => line(precisionRecallPoints(fold).map((at) => [at.recall, at.precision]), FAINT, { width: 1 })), // biome-ignore format: short
        line(precisionRecallPoints(scored).map((at) => [at.recall, at.precision]), colour(0)), // biome-ignore format: short
        ...spots([[atHalf.sensitivity.value, atHalf.ppv.value], [atChosen.sensitivity.value, atChosen.ppv.value]]), // biome-ignore format: pairs
      ],
    }),
  ]
}

const FAINT = "color-mix(in srgb, var(--soft) 55%, transparent)"

/** The images of each fold, if there are several and not too many; a fold has its own scale. */
function foldsOf(images: Predicted["images"]): Predicted["images"][] {
  const names = [...new Set(images.map(foldName))]
  if (names.length < 2 || names.length > MOST_FOLDS) return []
  return names.map((name) => images.filter((image) => foldName(image) === name))
}

/** Each class against the rest. */
async function typeCharts({ images, config, evaluation, classes }: Predicted): Promise<Html[]> {
  const { seed } = config.train
  const { resamples } = evaluation
  const each = classes.map((name, label) => ({ name, scored: scoredOf(images, label), of: colour(label) }))
  const chart = (title: string, make: typeof rocBand, area: typeof rocAuc, x: string, y: string) =>
    chartHtml({
      square: true,
      title: `${title}, each class against the rest`,
      label: `${title} of each class against the rest`,
      x: unit(x),
      y: unit(y),
      legend: each.map(({ name, scored, of }) => ({
        name: `${name} ${fixed(area(scored.positive, scored.scores))}`,
        colour: of,
      })),
      series: each.flatMap(({ name, scored, of }) => {
        const band = make(scored, { seed, resamples: Math.min(resamples, 500) })
        return band ? [...between(band.x, band.low, band.high, of, name), line(points(band), of)] : []
      }),
    })
  return [
    await chart("ROC", rocBand, rocAuc, "1 - specificity", "sensitivity"),
    await chart("Precision-recall", precisionRecallBand, averagePrecision, "recall (sensitivity)", "precision"),
  ]
}
