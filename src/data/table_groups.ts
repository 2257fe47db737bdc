/** Groups by a column of a labels table. */
import path from "node:path"
import { plural } from "../text/plural.ts"
import { columnKey } from "./column_names.ts"
import { readDicomIds } from "./dicom/ids.ts"
import { groupByIds } from "./dicom_groups.ts"
import { lookUp, ownGroupsCsv, readGroupsCsv } from "./groups_csv.ts"
import { joinGroups } from "./identical.ts"
import type { Labelled } from "./table_classes.ts"

export interface TableGroups {
  table: string
  column: string
  groupOf: (file: string) => string
}

/** Parts of names that columns of patients have. */
const PATIENTS = /patient|person|proband|participant|subject|(^|_)(case|mrn|pid)(_|$)/

/**
 * The groups that a labels table names. If it has no column of a known name, the column that may
 * name patients all the same: by its name, and since several images share a value.
 */
export function tableGroups(table: Labelled["table"]): { tableGroups?: TableGroups; likePatients?: string } {
  if (!table) return {}
  const { rowOf, facts } = table
  const { file, groupColumn, columns } = facts
  if (groupColumn !== undefined)
    return { tableGroups: { table: file, column: groupColumn, groupOf: (file) => rowOf.get(file)!.group! } }
  const rows = [...rowOf.values()]
  const isShared = (name: string) => {
    const { size } = new Set(rows.map((row) => row.columns[name]))
    return size > 1 && size < rows.length
  }
  const found = columns.find((name) => PATIENTS.test(columnKey(name)) && isShared(name))
  if (found === undefined) return {}
  return {
    likePatients:
      `The column "${found}" of ${file} may name the patients, and was not used: only DICOM ids, groups.csv and file names gave the groups. ` +
      'If it does, rename it to "patient" in the table.',
  }
}

/**
 * The table's groups, made one where DICOM ids or groups.csv in the folder, to which the audit
 * writes copies, say that images belong together.
 */
export async function byTable(
  dir: string,
  files: readonly string[],
  { table, column, groupOf }: TableGroups,
): Promise<{ groups: string[]; grouping: string }> {
  const byIds = await idSets(dir, files)
  const csv = await ownGroupsCsv(dir)
  const byCsv = csv === undefined ? [] : setsOf(lookUp(await readGroupsCsv(csv), files).groups)
  const tied = joinGroups(files.map(groupOf), byIds.sets)
  const { groups, joined } = joinGroups(tied.groups, byCsv)
  const notes = [
    ...(tied.joined > 0 ? [`ids in DICOM files joined ${plural(tied.joined, "pair")} of them`] : []),
    ...byIds.notes,
    ...(joined > 0 ? [`${csv} joined ${plural(joined, "pair")} of them`] : []),
  ]
  const count = `${plural(groups.length, "image")} in ${plural(new Set(groups).size, "group")}`
  return { groups, grouping: `${[`${count}, from the column "${column}" of ${table}`, ...notes].join("; ")}.` }
}

async function idSets(dir: string, files: readonly string[]): Promise<{ sets: number[][]; notes: string[] }> {
  const ids = []
  for (const file of files) ids.push((await readDicomIds(path.join(dir, file)))?.ids ?? {})
  const { keys, notes } = groupByIds(ids)
  return { sets: setsOf(keys.map((key) => key && `${key.kind} ${key.id}`)), notes }
}

/** The places of each value. */
function setsOf(values: readonly (string | undefined)[]): number[][] {
  const sets = new Map<string, number[]>()
  for (const [i, value] of values.entries()) if (value !== undefined) sets.set(value, [...(sets.get(value) ?? []), i])
  return [...sets.values()]
}
