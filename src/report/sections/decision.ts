/**
 * What the answers would be worth in use: the decision curve, and each rate at a fixed value of the
 * other.
 */
import type { DecisionCurve, FixedRate } from "../../eval/further_metrics.ts"
import { fixed, percent } from "../../text/table.ts"
import { type Html, html, type Section, tableHtml } from "../html.ts"
import { metricNames, metricText } from "../metric_text.ts"
import { chartHtml, colour, line, type PageChart } from "../page_chart.ts"
import type { WithFurther } from "../predicted.ts"

export async function decisionSection({
  further,
  classes,
}: Pick<WithFurther, "further" | "classes">): Promise<Section> {
  const { fixedRates, decisionCurve } = further
  const body =
    fixedRates && decisionCurve
      ? html`<div class="charts">${await decisionChart(decisionCurve, classes[1])}</div>
<h3>Sensitivity at a fixed specificity, and the reverse</h3>
${ratesTable(fixedRates)}
<p class="soft">The best points of the ROC curve, with 95 % intervals by a bootstrap over groups. They are chosen on the tested images: for what a network
will do on others, see the chosen thresholds.</p>`
      : html`<p>Decision curve, and sensitivity at a fixed specificity, are for two classes; here are ${classes.length}.</p>`
  return { id: "decision", title: "Decision curve and fixed rates", body }
}

/** @param more further options of the chart, which stands without its words then */
export function decisionChart(
  { threshold, model, all }: DecisionCurve,
  positive: string,
  more: Pick<PageChart, "spot" | "square"> = {},
): Promise<Html> {
  const points = (values: readonly number[]) => values.map((value, i) => [threshold[i], value] as const)
  const top = Math.max(0.05, ...model, ...all)
  // Treating all falls without end; what is far below treating none says nothing more.
  const floor = -top / 4
  const visible = (values: readonly number[]) => points(values).filter(([, value]) => value >= floor)
  return chartHtml({
    title: "Decision curve",
    label: `Net benefit over the threshold probability: of the networks, of treating all as ${positive}, and of treating none`,
    x: { name: "threshold probability", min: 0, max: 1, interval: 0.2 },
    y: { name: "net benefit", min: Number(floor.toFixed(2)), max: Number((top * 1.05).toFixed(2)) },
    legend: [
      { name: "the networks", colour: colour(0) },
      { name: `treat all as “${positive}”`, colour: colour(1) },
      { name: "treat none", colour: "var(--soft)", dashed: true },
    ],
    caption: more.spot
      ? undefined
      : "True positives per image, minus false positives weighed by the odds of the threshold, at calibrated probabilities. The networks are worth using where their curve is highest.",
    series: [
      line([[0, 0], [1, 0]], "var(--soft)", { width: 1, dashed: true }), // biome-ignore format: a line
      line(visible(all), colour(1)),
      line(visible(model), colour(0)),
    ],
    ...more,
  })
}

function ratesTable(rates: readonly FixedRate[]): Html {
  const rows = rates.map(({ fixed: key, least, reached, ...rate }) => {
    const free = key === "specificity" ? "sensitivity" : "specificity"
    return [
      ...[`${metricNames[key]} at least ${fixed(least, 2)}`, percent(reached), metricNames[free]],
      metricText(free, rate),
    ]
  })
  return tableHtml(["", "reached", "", "then"], rows)
}
