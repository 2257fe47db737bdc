/** How the network does on parts of the set: each site, body part, sex. */
import type { SubgroupMetrics } from "../../eval/further_metrics.ts"
import { LEVEL } from "../../eval/interval.ts"
import { MOST_VALUES } from "../../eval/subgroups.ts"
import { fixed, whole } from "../../text/table.ts"
import { columnsOf } from "../further.ts"
import { shownFolder } from "../hide.ts"
import { type Html, html, type Section, tableHtml } from "../html.ts"
import { metricNames, metricText } from "../metric_text.ts"
import type { WithFurther } from "../predicted.ts"
import type { RunFiles } from "../run_files.ts"
import { beyondChance, beyondText, signedText } from "../subgroup_text.ts"

/**
 * null unless columns were asked for.
 *
 * @param more how to get those of other columns
 */
export function subgroupsSection(
  { further, classes }: Pick<WithFurther, "further" | "classes">,
  more: Html | false = false,
): Section | null {
  const { subgroups } = further
  if (!subgroups) return null
  const at = classes.length === 2 ? "Sensitivity and specificity are at the chosen thresholds." : ""
  return {
    id: "subgroups",
    title: "Subgroups",
    body: html`<p>${beyondText(subgroups)} ${at}</p>
${subgroups.by.map((column) => columnTables(column, subgroups))}
<p class="soft">With 95 % intervals over groups. The difference is from all other images; its p-value is from a bootstrap over groups,
after Holm correction for all ${whole(subgroups.tests)} differences, so that ${fixed(1 - LEVEL, 2)} is a fair limit for each.
${more}</p>`,
  }
}

/** Columns of a run's labels table that its report could have subgroups of, with the command. */
export function furtherColumns(run: RunFiles): Html | false {
  const by = run.further.subgroups?.by ?? []
  const others = Object.entries(columnsOf(run))
    .filter(([name, cells]) => !by.includes(name) && isTestable(cells))
    .map(([name]) => name)
  return (
    others.length > 0 &&
    html`Further columns: <code>npx cnn report ${shownFolder(run)} --by ${others.join(",")}</code>.`
  )
}

/** A column of names or ages has too many values. */
function isTestable(cells: readonly string[]): boolean {
  const values = new Set(cells).size
  return values > 1 && values <= MOST_VALUES
}

function columnTables(column: string, { rows }: SubgroupMetrics): Html {
  const own = rows.filter((row) => row.column === column)
  const keys = Object.keys(own[0]?.metrics ?? {})
  const values = own.map(({ value, n, groups, metrics }) => [
    ...[value, whole(n), whole(groups)],
    ...keys.map((key) => metricText(key, metrics[key])),
  ])
  const differences = own.map(({ value, metrics }) => [
    value,
    ...keys.flatMap((key) => {
      const { difference } = metrics[key]
      const p = difference.adjusted === null ? "-" : fixed(difference.adjusted)
      return [signedText(key, difference), beyondChance(difference) ? html`<strong>${p}</strong>` : p]
    }),
  ])
  return html`<h3>By ${column}</h3>
${tableHtml([column, "n", "groups", ...keys.map((key) => metricNames[key])], values)}
${tableHtml([`${column}, difference from the rest`, ...keys.flatMap((key) => [metricNames[key], "p"])], differences)}`
}
