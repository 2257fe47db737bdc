/** Which row of a table of labels belongs to which file of a folder. */
import { foldersOf, normalise, signOf } from "./class_names.ts"
import { canonical } from "./groups_csv.ts"
import type { LabelRow, Labels } from "./labels_table.ts"
import { pathEnds } from "./path_ends.ts"

export interface MatchedLabels {
  /** Files with a row, in the order given, and the row of each. */
  files: string[]
  rows: LabelRow[]
  /** Rows that name no file. */
  withoutFile: LabelRow[]
  /** Files that no row names. */
  withoutRow: string[]
  /** Files in a folder whose name says another class than their row. */
  contradicted: Contradiction[]
}

export interface Contradiction {
  file: string
  folder: string
  /** Class by the table. */
  label: string
  line: number
}

/**
 * A row names its file by path, by the end of the path (or the other way around, if the table was
 * written for a folder above), or by name without extension, and whatever its case if nothing else
 * fits.
 *
 * @param files paths relative to the data folder
 * @param mayLack whether classes may have no image
 * @throws if a row fits several files, two rows fit one, no row fits, or only one class is left
 */
export function matchLabels(
  { table, classes, rows }: Pick<Labels, "table" | "classes" | "rows">,
  files: readonly string[],
  mayLack = false,
): MatchedLabels {
  const fitting = finderIn(files)
  const rowOf = new Map<string, LabelRow>()
  const withoutFile: LabelRow[] = []
  for (const row of rows) {
    const found = fitting(row.file)
    if (found.length > 1) throw ambiguous(table, row, found)
    const [file] = found
    if (file === undefined) withoutFile.push(row)
    else if (rowOf.has(file)) throw twice(table, file, rowOf.get(file)!, row)
    else rowOf.set(file, row)
  }
  const matched = files.filter((file) => rowOf.has(file))
  const rowsOf = matched.map((file) => rowOf.get(file)!)
  checkSome(table, rows, files, rowsOf)
  if (!mayLack) checkClasses(table, classes, rows, rowsOf)
  return {
    files: matched,
    rows: rowsOf,
    withoutFile,
    withoutRow: files.filter((file) => !rowOf.has(file)),
    contradicted: matched.flatMap((file) => contradiction(file, rowOf.get(file)!, classes)),
  }
}

/** Letters behind the last dot: digits there are part of a name, such as a UID's. */
const withoutExtension = (file: string): string => file.replace(/\.[a-z][a-z0-9]{0,4}$/i, "")

/** What of two paths must end alike, the strictest first. */
const SPELLINGS: ((path: string) => string)[] = [
  (path) => path,
  withoutExtension,
  (path) => withoutExtension(path).toLowerCase(),
]

/**
 * The files that a row means: of the whole path, or else by the strictest spelling that fits any.
 */
function finderIn(files: readonly string[]): (row: string) => string[] {
  const paths = files.map(canonical)
  const whole = new Set(paths)
  const finders: ReturnType<typeof pathEnds>[] = []
  return (row) => {
    for (const [k, spelled] of SPELLINGS.entries()) {
      finders[k] ??= pathEnds(paths.map(spelled))
      const found = finders[k](spelled(row))
      if (found.length > 0)
        return (k === 0 && whole.has(row) ? found.filter((i) => paths[i] === row) : found).map((i) => files[i])
    }
    return []
  }
}

const ambiguous = (table: string, { line, file }: LabelRow, found: readonly string[]): Error =>
  new Error(
    `${table}, line ${line}: "${file}" fits ${found.length} files: ${found.slice(0, 3).join(", ")}. ` +
      "Write the path in the data folder instead.",
  )

const twice = (table: string, file: string, first: LabelRow, second: LabelRow): Error =>
  new Error(
    `${table}, lines ${first.line} and ${second.line}: "${first.file}" and "${second.file}" both name ${file}; ` +
      "expected one row per image. Remove one, or write paths in the data folder.",
  )

function checkSome(
  table: string,
  rows: readonly LabelRow[],
  files: readonly string[],
  matched: readonly LabelRow[],
): void {
  if (matched.length === 0)
    throw new Error(
      `${table}: none of its ${rows.length} rows names one of the ${files.length} images, for example ` +
        `"${rows[0].file}" in line ${rows[0].line} and ${files[0] ?? "no image"}. Expected a path in the data folder, ` +
        "or a name with or without extension.",
    )
}

function checkClasses(
  table: string,
  classes: readonly string[],
  rows: readonly LabelRow[],
  matched: readonly LabelRow[],
): void {
  const present = new Set(matched.map(({ label }) => label))
  if (present.size > 1) return
  const [only] = present
  throw new Error(
    `${table}: all ${matched.length} rows that name an image are "${classes[only]}"; expected two classes or more. ` +
      `The table's ${rows.length} rows have ${classes.map((name) => `"${name}"`).join(", ")}.`,
  )
}

/** At most one: the first folder whose name says another class. */
function contradiction(file: string, { label, line }: LabelRow, classes: readonly string[]): Contradiction[] {
  const own = classes[label]
  // After --positive, the second of two classes may be the intact one.
  const sign = signOf(own) ?? (classes.length === 2 ? 1 - (signOf(classes[1 - label]) ?? 1 - label) : undefined)
  const says = (folder: string) => {
    const named = classes.findIndex((name) => normalise(name) === normalise(folder))
    if (named >= 0) return named !== label
    const folderSign = signOf(folder)
    return folderSign !== undefined && sign !== undefined && folderSign !== sign
  }
  const folder = foldersOf(file).find(says)
  return folder === undefined ? [] : [{ file, folder, label: own, line }]
}
