/** The network beside traditional methods and other optimisers, where `cnn compare` was run. */

import { fixed, whole } from "../../text/table.ts"
import { comparisonSvg } from "../comparison_chart.ts"
import { html, raw, type Section, tableHtml } from "../html.ts"
import { metricText } from "../metric_text.ts"
import type { RunFiles } from "../run_files.ts"

const CLAIMS: Record<string, string> = {
  "cnn-beats-traditional": "better than every traditional method",
  "adam-beats-optimizers": "better than every other optimiser",
}

/** null where there was none. */
export async function comparisonSection({ comparison, config }: RunFiles): Promise<Section | null> {
  if (!comparison) return null
  const plot = await comparisonSvg({ ...comparison, config }, true)
  const { contenders, differences, claims, complete } = comparison
  const title = (id: string) => contenders.find((row) => row.id === id)?.title ?? id
  const rows = contenders.map((row) => [
    ...[row.title, metricText("auc", row.auc), metricText("accuracy", row.accuracy)],
    ...[metricText("balancedAccuracy", row.balancedAccuracy), fixed(row.meanFoldAuc), whole(row.seconds)],
  ])
  const pairs = differences.map((row) => [
    ...[
      `${title(row.a)} - ${title(row.b)}`,
      metricText("auc", row),
      row.better === null ? "not shown" : title(row.better),
    ],
  ])
  const told = claims.map(({ claim, subject, holds, worse, open }) => {
    const not = [...worse.map((id) => `${title(id)} is better`), ...open.map((id) => `${title(id)}: not shown`)]
    return html`<li>${title(subject)} is ${CLAIMS[claim] ?? claim}: <strong>${holds ? "holds" : "does not hold"}</strong>${not.length > 0 && ` (${not.join("; ")})`}.</li>`
  })
  return {
    id: "comparison",
    title: "Beside other methods",
    body: html`<p>All on the same images and folds, each setting chosen on validation images${!complete && " (stopped before its end)"}; AUC with 95 % intervals.</p>
<ul>${told}</ul>
<figure class="wide forest" tabindex="0">${raw(plot.replace("<svg ", `<svg role="img" aria-label="AUC of each method, and differences from each claim’s subject" `))}</figure>
${tableHtml(["", "AUC", "accuracy", "balanced accuracy", "mean AUC of folds", "s"], rows)}
<h3>Differences of AUC, by a paired bootstrap over groups</h3>
${tableHtml(["", "difference", "better"], pairs)}`,
  }
}
