/** Columns whose values are subgroups, for the commands that report on them. */
import { readLabels } from "../data/labels_table.ts"
import { columnsNamed } from "../eval/subgroups.ts"
import type { DataSource } from "../run/data_source.ts"
import { textFlag } from "./flag_text.ts"
import { asUsage, UsageError } from "./usage_error.ts"

export const byFlag = textFlag(
  "by",
  "columns of the labels table, as COLUMN[,COLUMN]: report on each value, and which differ beyond chance",
)

/** @throws if a name is empty or stands twice */
export function columnNames(by: string | undefined): string[] | undefined {
  if (by === undefined) return undefined
  const names = by.split(",").map((name) => name.trim())
  if (names.includes("")) throw new UsageError(`--by is "${by}"; expected COLUMN[,COLUMN]`)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw new UsageError(`--by names ${twice} twice; expected each column once`)
  return names
}

/** @throws if there is no such column, naming those there are, or if one has too many values */
export function checkColumns(columns: Readonly<Record<string, readonly string[]>> = {}, by: readonly string[] = []) {
  return asUsage(() => columnsNamed(columns, by), "--by: ")
}

/**
 * Before images are read.
 *
 * @param known the classes of a run, if the table is of new images for it
 * @throws if no table is given, or if it has no such column
 */
export async function checkBy(
  by: readonly string[] | undefined,
  source: DataSource,
  known?: readonly string[],
): Promise<void> {
  if (by === undefined) return
  if (source.kind === "phantom" || source.labels === undefined)
    throw new UsageError("--by names columns of the table that --labels FILE gives. Add --labels.")
  const { columns } = await readLabels(source.labels, { ...source, known })
  checkColumns(Object.fromEntries(columns.map((name) => [name, []])), by)
}
