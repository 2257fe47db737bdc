import { existsSync, readFileSync } from "node:fs"
import { parse } from "csv-parse/sync"
import { stringify } from "csv-stringify/sync"
import { canonical } from "../data/groups_csv.ts"
import { inert, tame } from "../files/formula.ts"
import type { Audit } from "./audit.ts"

/** A carriage return ends a line for some readers. */
const QUOTED = { quoted_match: /\r/ }

/**
 * groups.csv with all copies together, as `train` reads it.
 *
 * @param existing a CSV whose lines and further columns are kept; its groups may only become larger. It was read as groups
 *   before, so it has the columns file and group.
 */
export function groupsTable(
  { files, joined, unused = [] }: Pick<Audit, "files" | "joined"> & Partial<Pick<Audit, "unused">>,
  existing?: string,
): string {
  const group = new Map(files.map((file, i) => [canonical(file), joined[i]]))
  const lines = [...files.map((file, i) => [file, joined[i]]), ...unused.map(({ file, group }) => [file, group])]
  if (existing === undefined || !existsSync(existing))
    return stringify([["file", "group"], ...lines.map((line) => line.map(inert))], QUOTED)
  const text = readFileSync(existing, "utf8")
  const header = text.split(/\r?\n/, 1)[0]
  const delimiter = [",", ";", "\t"].find((mark) => header.includes(mark)) ?? ","
  const options = { delimiter, bom: true, skip_empty_lines: true, relax_column_count: true }
  const [columns, ...known] = parse(text, options) as string[][]
  const at = (name: string) => columns.findIndex((column) => column.trim().toLowerCase() === name)
  const [fileAt, groupAt] = [at("file"), at("group")]
  // A group of the file may also hold images that are gone; they go where its others went.
  const renamed = new Map<string, string>()
  for (const line of known) {
    const now = group.get(canonical(tame(line[fileAt].trim())))
    if (now !== undefined) renamed.set(line[groupAt].trim(), inert(now))
  }
  for (const line of known) line[groupAt] = renamed.get(line[groupAt].trim()) ?? line[groupAt]
  return stringify([columns, ...known], { delimiter, ...QUOTED })
}
