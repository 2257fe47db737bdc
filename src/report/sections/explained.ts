/** What `cnn explain --all` found, where it was run. */
import { type Method, methods } from "../../explain/explainer.ts"
import type { MethodExplanations } from "../../explain/explanations.ts"
import { percent, whole } from "../../text/table.ts"
import { html, type Section, tableHtml } from "../html.ts"
import { rangeText } from "../metric_text.ts"
import type { RunFiles } from "../run_files.ts"

/** null where nothing was explained. */
export function explainedSection({ explanations }: RunFiles): Section | null {
  const rows = methods.flatMap((method) => {
    const found = explanations[method]
    return found ? [rowOf(method, found)] : []
  })
  if (rows.length === 0) return null
  return {
    id: "explained",
    title: "Where the networks looked",
    body: html`<p>How often a map’s highest point lies at the fracture, over fractures that were found and whose place is known: on the phantom, or by the boxes of boxes.csv.
Beside it what a point anywhere would hit, the middle of each image, another image’s point, and those of networks with random weights. A map that hits less often than the middle does not find fractures.</p>
${tableHtml(["method", "images", "fractures found", "hit", "anywhere", "middle", "another image’s", "random weights"], rows)}`,
  }
}

const rowOf = (method: Method, { images, hitRate }: MethodExplanations): string[] => [
  ...[method, whole(images.length), hitRate ? whole(hitRate.truePositives) : "-"],
  ...[
    hitText(hitRate),
    percent(hitRate?.anywhere),
    percent(hitRate?.middle),
    percent(hitRate?.elsewhere),
    percent(hitRate?.random),
  ],
]

const hitText = (rate: MethodExplanations["hitRate"]): string =>
  rate ? `${percent(rate.rate)} ${rangeText({ interval: rate.interval ?? null })}`.trim() : "-"
