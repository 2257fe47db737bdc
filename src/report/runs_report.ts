/** Several runs beside each other on one page. */

import { rocPoints } from "../eval/curves.ts"
import type { Evaluation, Metrics } from "../eval/evaluation.ts"
import { fixed, whole } from "../text/table.ts"
import { hideRun, shownFolder } from "./hide.ts"
import { holdsText } from "./holds_text.ts"
import { type Html, html, type Section, tableHtml } from "./html.ts"
import { metricText } from "./metric_text.ts"
import { page } from "./page.ts"
import { chartHtml, colour, line, unit } from "./page_chart.ts"
import type { RunDifference } from "./run_differences.ts"
import type { RunFiles } from "./run_files.ts"
import { scoredOf } from "./scored.ts"
import { recipeText } from "./setup_text.ts"

export async function runsReport(files: readonly RunFiles[], found: readonly RunDifference[]): Promise<string> {
  const names = new Map(files.map((run) => [run.folder, shownFolder(run)]))
  const runs = files.map((run) => ({ ...hideRun(run), folder: shownFolder(run) }))
  const named = (folder: string) => names.get(folder) ?? folder
  const differences = found.map((row) => ({
    ...row,
    ...{ a: named(row.a), b: named(row.b), better: row.better && named(row.better) },
  }))
  const sections = [
    metricsSection(runs),
    differencesSection(differences),
    await curvesSection(runs),
    setupSection(runs),
  ]
  const isHidden = runs.some(({ config }) => config.hidden !== undefined)
  const head = html`<h1>${runs.length} runs compared</h1>${isHidden && html`<p>${holdsText(true, 0)}</p>`}<p><strong>Not for clinical use.</strong> The others are compared to the first.</p>`
  return page(
    `cnn: ${runs.length} runs`,
    head,
    sections.filter((section) => section !== null),
  )
}

const flat = (evaluation: Evaluation): Metrics =>
  "atHalf" in evaluation
    ? { ...evaluation.atHalf, ...evaluation.ranking, ...evaluation.probabilities }
    : evaluation.figures

function metricsSection(runs: readonly RunFiles[]): Section {
  const keys = ["auc", "accuracy", "balancedAccuracy", "mcc", "brier", "ece"]
  const rows = runs.map(({ folder, evaluation: { pooled } }) => [
    ...[folder, whole(pooled.n), whole(pooled.groups)],
    ...keys.map((key) => metricText(key, flat(pooled)[key])),
  ])
  const titles = ["AUC", "accuracy", "balanced accuracy", "Matthews’ correlation", "Brier score", "calibration error"]
  return {
    id: "metrics",
    title: "Metrics",
    body: html`${tableHtml(["run", "n", "groups", ...titles], rows)}<p class="soft">All test images of a run together, at the threshold 0.5, with 95 % intervals. Whether one run
is better than another is not to be seen from whether these overlap, but below.</p>`,
  }
}

function differencesSection(differences: readonly RunDifference[]): Section {
  const rows = differences.map((row): (string | Html)[] => [
    ...[
      `${row.b} - ${row.a}`,
      whole(row.images),
      fixed(row.aucA),
      fixed(row.aucB),
      metricText("auc", { ...row, value: row.difference }),
    ],
    row.better ?? html`<span class="soft">not shown${row.why && `: ${row.why}`}</span>`,
  ])
  const many =
    differences.length > 1
      ? ` These are ${differences.length} comparisons, each at 95 %: by chance alone one in twenty comes out.`
      : ""
  return {
    id: "differences",
    title: "Differences of AUC",
    body: html`${tableHtml(["", "shared images", "AUC of the first", "AUC of the other", "difference", "better"], rows)}
<p class="soft">On the images that both have tested, by a paired bootstrap over groups: what is hard for both cancels out. Where the interval holds 0, nothing is
shown.${many}</p>`,
  }
}

/** null with more than two classes. */
async function curvesSection(runs: readonly RunFiles[]): Promise<Section | null> {
  const binary = runs.filter(({ classes }) => classes.length === 2)
  if (binary.length === 0) return null
  const chart = await chartHtml({
    title: "ROC",
    label: `ROC curves of ${binary.length} runs`,
    square: true,
    x: unit("1 - specificity"),
    y: unit("sensitivity"),
    legend: binary.map(({ folder }, k) => ({ name: folder, colour: colour(k) })),
    series: [
      line([[0, 0], [1, 1]], "var(--soft)", { width: 1, dashed: true }), // biome-ignore format: a line
      ...binary.map(
        ({ images }, k) =>
        line(rocPoints(scoredOf(images)).map((at) => [at.falsePositiveRate, at.sensitivity]), colour(k)), // biome-ignore format: short
      ),
    ],
  })
  return { id: "curves", title: "ROC", body: html`<div class="charts">${chart}</div>` }
}

function setupSection(runs: readonly RunFiles[]): Section {
  const rows = runs.map(({ folder, config: { data, train, size, adapter, versions } }) => [
    ...[
      folder,
      data.name,
      `${size} × ${size}`,
      train.model,
      recipeText(train),
      train.augment ? "yes" : "no",
      adapter.name,
      versions.cnn,
    ],
  ])
  const header = ["run", "images", "pixels", "network", "training", "augmented", "adapter", "cnn"]
  return { id: "setup", title: "What differs", body: tableHtml(header, rows) }
}
