import { existsSync } from "node:fs"
import { stringify } from "csv-stringify/sync"
import { canonical, lookUp, readGroupRows } from "../data/groups_csv.ts"
import { inert, tame } from "../files/formula.ts"
import type { Audit } from "./audit.ts"

/** A carriage return ends a line for some readers. */
const QUOTED = { quoted_match: /\r/ }

/**
 * groups.csv with all copies together, as `train` reads it.
 *
 * @param existing a CSV whose lines and further columns are kept; its groups may only become
 *   larger, and images without a line get one. If it cannot be read as groups, it is not used.
 */
export async function groupsTable(
  { files, joined, unused = [] }: Pick<Audit, "files" | "joined"> & Partial<Pick<Audit, "unused">>,
  existing?: string,
): Promise<string> {
  const all = [...files, ...unused.map(({ file }) => file)]
  const groups = [...joined, ...unused.map(({ group }) => group)]
  const plain = () => stringify([["file", "group"], ...all.map((file, i) => [inert(file), inert(groups[i])])], QUOTED)
  if (existing === undefined || !existsSync(existing)) return plain()
  const { header, rows: read, delimiter, start, fileAt, groupAt } = await readGroupRows(existing)
  const lines = read.map(({ values }) => [...values])
  const table = new Map(lines.map((line) => [canonical(tame(line[fileAt].trim())), line[groupAt].trim()]))
  const before = lookUp(table, all).groups
  // A group of the file may also hold images that are gone; they go where its others went.
  const renamed = new Map<string, string>()
  for (const [i, group] of before.entries()) if (group !== undefined) renamed.set(group, inert(groups[i]))
  for (const line of lines) line[groupAt] = renamed.get(line[groupAt].trim()) ?? line[groupAt]
  const fresh = all.flatMap((file, i) => (before[i] === undefined ? [[inert(file), inert(groups[i])]] : []))
  const rows = fresh.map(([file, group]) =>
    header.map((_, column) => (column === fileAt ? file : column === groupAt ? group : "")),
  )
  return start + stringify([header, ...lines, ...rows], { delimiter, ...QUOTED })
}
