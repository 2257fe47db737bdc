import { stringify } from "csv-stringify/sync"

/** Rows under a header line. A cell that a spreadsheet would run as a formula is led by an apostrophe. */
export function csv(columns: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return stringify([
    columns.map(String),
    ...rows.map((row) => row.map((cell) => (typeof cell === "string" ? inert(cell) : cell))),
  ])
}

/** @see https://owasp.org/www-community/attacks/CSV_Injection */
const inert = (cell: string): string => (/^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell)

/** What `csv` was given, of a cell that it made inert. */
export const tame = (cell: string): string => (/^'[=+\-@\t\r]/.test(cell) ? cell.slice(1) : cell)
