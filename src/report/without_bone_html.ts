/**
 * The table of what regressions reach that see no bone, for the audit's page and a run's report.
 */
import type { ClueResult } from "../audit/without_bone.ts"
import { type Html, html, tableHtml } from "./html.ts"
import { metricText } from "./metric_text.ts"

export function withoutBoneHtml(results: readonly ClueResult[], classes: readonly string[]): Html {
  const rows = results.map(({ name, auc }) => [name, metricText("auc", auc)])
  return html`<p>A logistic regression was given what says nothing about fractures, and tested on groups that it was not fitted to.
A network has to be better than the best of these.</p>
${tableHtml(["given", `${classes.length > 2 ? "mean AUC of each class against the rest" : "AUC"} (95 % interval)`], rows)}`
}
