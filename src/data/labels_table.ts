/**
 * Labels from a table: a row per image with its file and class, and if known its group, split and
 * more.
 */
import { didYouMean } from "../text/nearest.ts"
import { Ambiguous } from "./ambiguous.ts"
import { partOf } from "./class_names.ts"
import { columnKey, columnNamed, KNOWN_COLUMNS } from "./column_names.ts"
import { canonical } from "./groups_csv.ts"
import { classesOf, type LabelCell } from "./label_classes.ts"
import { headerBelow, readUserTable, type UserTable } from "./user_table.ts"

export interface LabelRow {
  /** Line of the table. */
  line: number
  /** As the table names it: a path, a name or a name without its extension. */
  file: string
  /** Index into the classes. */
  label: number
  /** Images of one group never stand on both sides of a split. */
  group?: string
  /** Part of the set's own split. */
  part?: "train" | "val" | "test"
  /** Every column but those of file and label. */
  columns: Record<string, string>
}

export interface Labels {
  table: string
  /**
   * The negative one first, then the positive one; with more the normal one first, then by name.
   */
  classes: string[]
  rows: LabelRow[]
  fileColumn: string
  labelColumn: string
  groupColumn?: string
  /** The other columns, that of the groups and the split among them. */
  columns: string[]
}

export interface LabelsOptions {
  /** Column that names the files, if it has none of the known names. */
  fileColumn?: string
  /** Column of the classes, likewise. */
  labelColumn?: string
  /** The positive class, if the names of two do not say it. */
  positive?: string
  /** See `ClassOptions`. */
  known?: readonly string[]
}

/** Columns of public sets whose empty cell means no. */
const EMPTY_IS_NO = ["fracture_visible"]

const EXPECTED = "labels as CSV or TSV with the columns file and label"

/** @throws naming file and line, what was found, what was expected and what to do */
export async function readLabels(table: string, options: LabelsOptions = {}): Promise<Labels> {
  const found = await readUserTable(table, EXPECTED)
  const fileColumn = chosenColumn(found, "file", options.fileColumn)
  const labelColumn = chosenColumn(found, "label", options.labelColumn)
  const groupColumn = KNOWN_COLUMNS.group.map((name) => columnNamed(found.columns, name)).find(Boolean)
  const splitColumn = columnNamed(found.columns, "split")
  const others = found.columns.filter((column) => !["", fileColumn, labelColumn].includes(column))
  const cells = found.rows.map(({ line, cells }): LabelCell => ({ line, value: cells[labelColumn] }))
  const emptyIsNo = EMPTY_IS_NO.includes(columnKey(labelColumn))
  const { positive, known } = options
  const { classes, labels } = classesOf(table, cells, { column: labelColumn, emptyIsNo, positive, known })
  const rows = found.rows.map(({ line, cells }, i) => {
    const filled = (column: string) => {
      if (cells[column] !== "") return cells[column]
      throw new Error(`${table}, line ${line}: the cell in column "${column}" is empty; fill it or remove the row`)
    }
    return {
      ...{ line, file: canonical(filled(fileColumn)), label: labels[i] },
      ...(groupColumn && { group: filled(groupColumn) }),
      ...(splitColumn && { part: partNamed(table, line, splitColumn, filled(splitColumn)) }),
      columns: Object.fromEntries(others.map((column) => [column, cells[column]])),
    }
  })
  checkOnce(table, rows, classes)
  return { table, classes, rows, fileColumn, labelColumn, groupColumn, columns: others }
}

/** The column that the user names, or else the one with a known name. */
function chosenColumn(found: UserTable, role: "file" | "label", chosen?: string): string {
  const { table, columns } = found
  const list = columns.flatMap((column) => (column === "" ? [] : `"${column}"`)).join(", ")
  const flag = `--${role}-column`
  if (chosen !== undefined) {
    const named = columnNamed(columns, chosen)
    if (named !== undefined) return named
    const hint = headerBelow(found, [chosen]) || didYouMean(chosen, columns)
    throw new Ambiguous(`${table}: no column "${chosen}" (${flag}); found ${list}.${hint}`)
  }
  const known = KNOWN_COLUMNS[role].flatMap((name) => columnNamed(columns, name) ?? [])
  // Two columns of labels may contradict each other; of files the documented name counts.
  if (known.length === 1 || (known.length > 1 && role === "file" && columnKey(known[0]) === role)) return known[0]
  const what = role === "file" ? "names the files" : "holds the classes"
  if (known.length === 0) {
    const cure = headerBelow(found, KNOWN_COLUMNS[role]) || ` Name the one that ${what}: ${flag} NAME`
    throw new Ambiguous(`${table}: no column "${role}"; found ${list}.${cure}`)
  }
  const both = known.map((column) => `"${column}"`).join(" and ")
  throw new Ambiguous(`${table}: ${both} could both be the column that ${what}. Choose one: ${flag} ${known[0]}`)
}

/** Recognises what folders of a split are called. */
function partNamed(table: string, line: number, column: string, cell: string): "train" | "val" | "test" {
  const part = partOf(`${cell}/`)
  if (part !== undefined) return part
  throw new Error(`${table}, line ${line}: ${column} is "${cell}"; expected train, val or test`)
}

function checkOnce(table: string, rows: readonly LabelRow[], classes: readonly string[]): void {
  const first = new Map<string, LabelRow>()
  for (const row of rows) {
    const before = first.get(row.file)
    if (before === undefined) {
      first.set(row.file, row)
      continue
    }
    const [here, there] = [classes[row.label], classes[before.label]]
    throw new Error(
      here === there
        ? `${table}, line ${row.line}: ${row.file} is also in line ${before.line}; expected one row per image. Remove one.`
        : `${table}, line ${row.line}: ${row.file} is "${here}" here and "${there}" in line ${before.line}. ` +
            "Keep the row that is right.",
    )
  }
}
