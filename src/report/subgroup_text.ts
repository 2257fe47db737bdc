/** Differences of subgroups from the rest, for people. */
import type { Difference } from "../eval/estimates.ts"
import type { SubgroupMetrics } from "../eval/further_metrics.ts"
import { LEVEL } from "../eval/interval.ts"
import { plural } from "../text/plural.ts"
import { fixed, table, whole } from "../text/table.ts"
import { isShare, metricNames, metricText } from "./metric_text.ts"

/** After Holm's correction. */
export const beyondChance = ({ adjusted }: Difference): boolean => adjusted !== null && adjusted < 1 - LEVEL

/** "+0.041 (0.002 to 0.080)", "-12.5 (-20.1 to -3.0)" in percentage points. */
export function signedText(key: string, { value, interval }: Difference): string {
  if (value === null) return "-"
  const share = isShare(key)
  const number = (one: number) => (share ? (one * 100).toFixed(1) : fixed(one))
  const range = interval ? ` (${number(interval[0])} to ${number(interval[1])})` : ""
  return `${value > 0 ? "+" : ""}${number(value)}${range}`
}

/** Which differences are beyond chance. */
export function beyondText({ rows, tests }: SubgroupMetrics): string {
  const found = rows.flatMap(({ column, value, metrics }) =>
    Object.entries(metrics)
      .filter(([, { difference }]) => beyondChance(difference))
      .map(([key, { difference }]) => {
        const p = `p ${fixed(difference.adjusted)}`
        return `${column} ${value}: ${metricNames[key]} ${signedText(key, difference)} from the rest, ${p}`
      }),
  )
  const of = `after Holm correction for ${plural(tests, "difference")}`
  if (tests === 0) return "No subgroup's difference from the rest could be tested."
  return found.length === 0
    ? `No difference from the rest is beyond chance ${of}.`
    : `Beyond chance ${of}: ${found.join("; ")}.`
}

/**
 * A row per subgroup for the terminal, then what is beyond chance.
 *
 * @param at where sensitivity and specificity are taken
 */
export function subgroupText(subgroups: SubgroupMetrics, at = "at the chosen thresholds"): string[] {
  const { by, rows } = subgroups
  const keys = Object.keys(rows[0]?.metrics ?? {})
  const tables = by.flatMap((column) => {
    const own = rows.filter((row) => row.column === column)
    const cells = own.map(({ value, n, groups, metrics }) => [
      ...[value, whole(n), whole(groups), ...keys.map((key) => metricText(key, metrics[key]))],
    ])
    return [...table([[`by ${column}`, "n", "groups", ...keys.map((key) => metricNames[key])], ...cells]), ""]
  })
  const where = keys.includes("sensitivity") ? [`Sensitivity and specificity are ${at}.`] : []
  return [...tables, ...where, beyondText(subgroups)]
}
