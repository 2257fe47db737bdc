/** Whether probabilities mean what they say, before and after temperature scaling. */
import { type CalibrationBin, reliability } from "../../eval/calibration.ts"
import type { Metrics } from "../../eval/evaluation.ts"
import { LEVEL, wilson } from "../../eval/interval.ts"
import { fixed } from "../../text/table.ts"
import { html, type Section } from "../html.ts"
import { metricText } from "../metric_text.ts"
import { chartHtml, colour, line, unit } from "../page_chart.ts"
import type { Predicted } from "../predicted.ts"

export async function calibrationSection({ images, classes, evaluation }: Predicted): Promise<Section> {
  const binary = classes.length === 2
  const hit = images.map(({ label, answer }) => Number(binary ? label === 1 : label === answer))
  const said = (key: "probabilities" | "calibrated") =>
    images.map((image) => (binary ? image[key][1] : image[key][image.answer]))
  const bars = [reliability(hit, said("probabilities")), reliability(hit, said("calibrated"))]
  const names = ["uncalibrated", "after temperature scaling"]
  const what = binary ? `probability of “${classes[1]}”` : "probability of the answer"
  const outcomes = binary ? classes.map((name) => `true: ${name}`) : ["wrong", "right"]
  const calibrated = said("calibrated")
  const binsOf = (outcome: number) =>
    reliability(
      hit.filter((one) => one === outcome),
      calibrated.filter((_, i) => hit[i] === outcome),
    )
  const legend = names.map((name, k) => ({ name, colour: colour(k) }))
  const plots = [
    await chartHtml({
      square: true,
      title: "Reliability",
      label: `Share that came true over the ${what}, in ten bins`,
      x: unit(what),
      y: unit(binary ? "share of positives" : "share that is right"),
      legend: [...legend, { name: "perfect", colour: "var(--soft)", dashed: true }],
      caption:
        "One dot per tenth of the scale, larger for more images; lines are Wilson’s 95 % intervals of the calibrated ones, by images. Below the diagonal the networks are overconfident.",
      series: [
        line([[0, 0], [1, 1]], "var(--soft)", { width: 1, dashed: true }), // biome-ignore format: a line
        ...bars[1].flatMap(intervalLine),
        ...bars.flatMap((some, k) => curve(some, colour(k))),
      ],
    }),
    await chartHtml({
      title: "Distribution of predicted probabilities",
      label: `Number of images by calibrated ${what}, in ten bins, for each ${binary ? "true class" : "outcome"}`,
      x: unit(`${what}, calibrated`),
      y: { name: "images" },
      legend: outcomes.map((name, k) => ({ name, colour: colour(k + 2) })),
      series: outcomes.map((_, k) => ({
        type: "bar",
        data: binsOf(k).map(({ from, to, n }) => [(from + to) / 2, n]),
        barWidth: 12,
        itemStyle: { color: colour(k + 2) },
      })),
    }),
  ]
  const temperatures = evaluation.folds.map(({ temperature }) => fixed(temperature.value, 2)).join(", ")
  const { pooled } = evaluation
  const [raw, scaled] =
    "probabilities" in pooled ? [pooled.probabilities, pooled.calibrated] : [pooled.figures, pooled.calibrated]
  const both = (key: string) =>
    `${metricText(key, (raw as Metrics)[key])}, then ${metricText(key, (scaled as Metrics)[key])}`
  return {
    id: "calibration",
    title: "Calibration",
    body: html`<p>Calibration error ${both("ece")}; Brier score ${both("brier")}. Temperatures, fitted to each fold’s validation
images: ${temperatures}; above 1, the network was overconfident.</p><div class="charts">${plots}</div>`,
  }
}

/** Draws each bin's interval as a vertical line, none for an empty bin. */
function intervalLine({ said, came, n }: CalibrationBin) {
  const range = n > 0 ? wilson(came! * n, n, LEVEL) : null
  return range ? [line([[said!, range[0]], [said!, range[1]]], colour(1), { width: 1.5, opacity: 0.6 })] : [] // biome-ignore format: short
}

function curve(bars: readonly CalibrationBin[], of: string) {
  const filled = bars.filter(({ n }) => n > 0)
  const most = Math.max(...filled.map(({ n }) => n))
  const points = filled.map(({ said, came, n }) => [said!, came!, 5 + 11 * Math.sqrt(n / most)] as const)
  return [
    line(points.map(([x, y]) => [x, y]), of, { width: 1.5 }), // biome-ignore format: short
    {
      type: "scatter" as const,
      data: points.map((point) => [...point]),
      symbolSize: (value: number[]) => value[2],
      itemStyle: { color: of },
    },
  ]
}
