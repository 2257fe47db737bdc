/** Learning curves of all folds. */
import type { EpochRow } from "../../train/events.ts"
import { foldName } from "../../train/fold_name.ts"
import { type Html, html, type Section } from "../html.ts"
import { chartHtml, colour, line, scaleOf } from "../page_chart.ts"
import type { RunFiles } from "../run_files.ts"
import { keptText } from "../setup_text.ts"

/** More are not named one by one. */
const NAMED = 10

export async function learningSection({ history, config }: RunFiles): Promise<Section> {
  const names = [...new Set(history.map(foldName))]
  const curves = names.map((name, k) => ({ rows: history.filter((row) => foldName(row) === name), of: colour(k) }))
  const legend = [
    ...(names.length <= NAMED ? names.map((name, k) => ({ name, colour: colour(k) })) : []),
    { name: "validation", colour: "var(--soft)" },
    { name: "training, augmented", colour: "var(--soft)", dashed: true },
  ]
  const epochs = Math.max(...history.map(({ epoch }) => epoch))
  const chart = (title: string, y: string, training: keyof EpochRow, validation: keyof EpochRow, end?: number) => {
    const values = history.flatMap((row) => [row[training], row[validation]]).filter((value) => value !== null)
    const { max = end, caption } = end === undefined ? scaleOf(values.map(Number)) : {}
    return chartHtml({
      caption,
      title,
      label: `${title} of ${names.length} folds over ${epochs} epochs, in training and validation`,
      x: { name: "epoch", min: 1, max: Math.max(2, epochs), minInterval: 1 },
      y: { name: y, min: 0, max },
      legend,
      series: curves.flatMap(({ rows, of }) => {
        const points = (key: keyof EpochRow) =>
          rows.filter((row) => row[key] !== null).map((row) => [row.epoch, Number(row[key])] as const)
        const best = rows.findLast((row) => row.best && row[validation] !== null)
        return [
          line(points(training), of, { width: 1, dashed: true, opacity: 0.8 }),
          line(points(validation), of),
          {
            type: "scatter" as const,
            data: best ? [[best.epoch, Number(best[validation])]] : [],
            symbolSize: 8,
            itemStyle: { color: of },
          },
        ]
      }),
    })
  }
  const charts = [
    await chart("Loss", "loss", "loss", "validationLoss"),
    await chart("Accuracy", "accuracy", "accuracy", "validationAccuracy", 1),
    await rateChart(curves, epochs),
  ]
  return {
    id: "learning",
    title: "Learning curves",
    body: html`<p>A dot marks the epoch whose weights were kept, ${keptText(config.train)}. Training figures are of images as they were trained on, augmented or
with dropout where the run has that, which can make validation look better; if it gets worse while training gets better, the fold overfits.</p>
<div class="charts">${charts}</div>`,
  }
}

/** All folds follow the same schedule, but may end at different epochs. */
function rateChart(curves: readonly { rows: readonly EpochRow[]; of: string }[], epochs: number): Promise<Html> {
  return chartHtml({
    title: "Learning rate",
    label: `Learning rate of ${curves.length} folds over ${epochs} epochs`,
    x: { name: "epoch", min: 1, max: Math.max(2, epochs), minInterval: 1 },
    y: { name: "learning rate", min: 0 },
    series: curves.map(({ rows, of }) => line(rows.map(({ epoch, lr }) => [epoch, lr] as const), of)), // biome-ignore format: short
    caption: "Of the last update of each epoch.",
  })
}
