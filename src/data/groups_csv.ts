import { existsSync } from "node:fs"
import { realpath } from "node:fs/promises"
import path from "node:path"
import { tame } from "../files/formula.ts"
import { isBelow } from "../files/inside.ts"
import { columnKey, KNOWN_COLUMNS } from "./column_names.ts"
import { pathEnds } from "./path_ends.ts"
import { headerBelow, readUserTable, type UserTable } from "./user_table.ts"

/**
 * `file` as data files are named: forward slashes, no leading "./", composed accents, no space
 * around.
 */
export const canonical = (file: string): string =>
  file
    .replaceAll("\\", "/")
    .replace(/^(\.\/)+/, "")
    .normalize("NFC")
    .trim()

/** groups.csv in a data folder, if there is one. @throws if it is a link that leads outside */
export async function ownGroupsCsv(dir: string): Promise<string | undefined> {
  const csv = path.join(dir, "groups.csv")
  if (!existsSync(csv)) return undefined
  if (isBelow(await realpath(dir), await realpath(csv))) return csv
  throw new Error(
    `${csv}: a symbolic link that leads outside the data folder; name the file with --groups if it is meant`,
  )
}

/**
 * The group of each file named in a CSV with the columns `file` (relative to the data folder) and
 * `group`; other columns are ignored. Reads what spreadsheets write: see `readUserTable`. Throws,
 * naming file and line, if it cannot be read or parsed, lacks a column, has an empty field, or puts
 * a file into two groups.
 */
export async function readGroupsCsv(csv: string): Promise<Map<string, string>> {
  const { rows, fileAt, groupAt } = await readGroupRows(csv)
  const groups = new Map<string, string>()
  for (const { line, values } of rows) {
    const file = canonical(tame(values[fileAt].trim()))
    const group = tame(values[groupAt].trim())
    if (file === "" || group === "")
      throw new Error(`${csv}, line ${line}: the ${file === "" ? "file" : "group"} is empty`)
    const before = groups.get(file)
    if (before !== undefined && before !== group)
      throw new Error(
        `${csv}, line ${line}: ${file} is in group "${group}" here and in "${before}" above; it can be in one only`,
      )
    groups.set(file, group)
  }
  return groups
}

/** The table, and the places of the columns of files and groups, by any of their known names. */
export async function readGroupRows(csv: string): Promise<UserTable & { fileAt: number; groupAt: number }> {
  const found = await readUserTable(csv, "groups as CSV with the columns file and group", true)
  const [fileAt, groupAt] = (["file", "group"] as const).map((name) => {
    const keys = found.columns.map(columnKey)
    const known = KNOWN_COLUMNS[name].find((one) => keys.includes(one))
    const [at, ...more] = keys.flatMap((key, k) => (key === known ? [k] : []))
    if (at !== undefined && more.length === 0) return at
    throw new Error(
      `${csv}: expected a header line with one column "${name}", found the columns ${found.columns.join(", ")}.` +
        (headerBelow(found, KNOWN_COLUMNS[name]) ||
          ' Name the column of the images "file" and that of the patients "group".'),
    )
  })
  return { ...found, fileAt, groupAt }
}

/** The group of each file, and how its line was found. */
export interface Lookup {
  groups: (string | undefined)[]
  /**
   * Files whose line names them otherwise: with other folders in front, or in other letter case.
   */
  inexact: number
  /** The lines that name no file. */
  unused: string[]
  /** Names in the table that fit several of the files without a line. */
  vague: string[]
}

/**
 * Looks each file up. A line whose path has more folders in front (an absolute path), fewer (the
 * name alone) or other letter case is that of the one file that it fits.
 */
export function lookUp(table: ReadonlyMap<string, string>, files: readonly string[]): Lookup {
  const paths = files.map(canonical)
  const exact = new Set(paths.filter((path) => table.has(path)))
  const rest = [...files.keys()].filter((i) => !exact.has(paths[i]))
  const free = [...table.keys()].filter((line) => !exact.has(line))
  const find = pathEnds(rest.map((i) => paths[i].toLowerCase()))
  const fits = free.map((line) => ({ line, files: find(line.toLowerCase()).map((k) => rest[k]) }))
  const found = new Map<number, string[]>()
  for (const { line, files } of fits)
    if (files.length === 1) found.set(files[0], [...(found.get(files[0]) ?? []), line])
  const lineOf = new Map([...found].flatMap(([i, lines]) => (lines.length === 1 ? [[i, lines[0]] as const] : [])))
  const used = new Set(lineOf.values())
  return {
    groups: paths.map((path, i) => table.get(path) ?? table.get(lineOf.get(i) ?? "")),
    inexact: lineOf.size,
    unused: free.filter((line) => !used.has(line)),
    vague: fits.filter(({ files }) => files.length > 1).map(({ line }) => line),
  }
}
