/**
 * A table that somebody made: a CSV or TSV with a header line, as spreadsheets and scripts write
 * it.
 */
import { parse } from "csv-parse/sync"
import { tame } from "../files/formula.ts"
import { columnKey } from "./column_names.ts"
import { readCsvText } from "./csv_text.ts"

export interface UserTable {
  /** The file, for messages. */
  table: string
  /** Names of the columns, as the header line has them; empty for cells that spreadsheets add. */
  columns: string[]
  /** The header line's cells as they stand in the file. */
  header: string[]
  rows: UserRow[]
  delimiter: string
  /** What a file that takes its place begins with: see `CsvText`. */
  start: string
}

export interface UserRow {
  /** Line of the file, counted from 1. */
  line: number
  /** By column, without space around. */
  cells: Record<string, string>
  /** In the order of the columns, as they stand in the file. */
  values: string[]
}

/** A zip, as .xlsx and .ods are, or an OLE file, as .xls is; read as text. */
const WORKBOOK = ["PK\u0003\u0004", "\u00d0\u00cf\u0011\u00e0"]

/**
 * @param expected what the table should be, for messages: "labels as CSV"
 * @param mayRepeat whether two columns may have one name
 */
export async function readUserTable(table: string, expected: string, mayRepeat = false): Promise<UserTable> {
  const { text, delimiter, before, start } = await readCsvText(table).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`${table}: ${error.code === "ENOENT" ? "no such file" : error.message}; expected ${expected}`)
  })
  if (WORKBOOK.some((start) => text.startsWith(start)))
    throw new Error(
      `${table}: is a workbook; expected ${expected}. Open it and save that sheet as CSV: in Excel File > Save As > ` +
        '"CSV UTF-8 (Comma delimited)", in LibreOffice File > Save As > "Text CSV". Then pass the saved file.',
    )
  const [{ record: header } = { record: [] }, ...parsed] = parsedRows(table, text, delimiter)
  const columns = header.map((name) => tame(name.trim()))
  const twice = columns.find((name, k) => name !== "" && columns.indexOf(name) !== k)
  if (twice !== undefined && !mayRepeat)
    throw new Error(`${table}: two columns are named "${twice}"; rename or remove one`)
  if (parsed.length === 0)
    throw new Error(`${table}: no rows; expected ${expected}: a header line, then a row per image`)
  // A line of one cell is a title: the message about the columns it lacks says so.
  const isTitle = columns.filter((name) => name !== "").length < 2
  const long = parsed.find(({ record }) => record.slice(columns.length).some((cell) => cell.trim() !== ""))
  if (long && !isTitle)
    throw new Error(
      `${table}, line ${long.info.lines + before}: ${long.record.length} cells, but the header has ${columns.length}; ` +
        `put a cell that holds "${delimiter}", such as 12${delimiter}5, into quotes, or remove lines above the header`,
    )
  const rows = parsed.map(({ record, info }) => ({
    line: info.lines + before,
    cells: Object.fromEntries(columns.map((name, k) => [name, tame(record[k].trim())])),
    values: record,
  }))
  return { table, columns, header, rows, delimiter, start }
}

/** So many rows from the top may stand above the header line: a title, a date, an author. */
const TITLES = 10

/** A sentence if a line below the first looks like the header, since it has one of these names. */
export function headerBelow({ rows }: UserTable, names: readonly string[]): string {
  const keys = new Set(names.map(columnKey))
  const isHeader = ({ values }: UserRow) =>
    values.filter((value) => value.trim() !== "").length > 1 &&
    values.some((value) => keys.has(columnKey(value.trim())))
  const header = rows.slice(0, TITLES).find(isHeader)
  return header === undefined ? "" : ` Line ${header.line} looks like the header: remove the lines above it.`
}

interface Parsed {
  record: string[]
  info: { lines: number }
}

function parsedRows(table: string, text: string, delimiter: string): Parsed[] {
  const options = { delimiter, bom: true, info: true, skip_empty_lines: true, relax_column_count_more: true }
  try {
    return parse(text, options) as unknown as Parsed[]
  } catch (error) {
    throw new Error(`${table}: ${(error as Error).message}`, { cause: error })
  }
}
