import { stringify } from "csv-stringify/sync"
import { inert } from "./formula.ts"

/**
 * Rows under a header line. A cell that a spreadsheet would run as a formula is led by an
 * apostrophe.
 *
 * @param end of each line
 */
export function csv(
  columns: readonly string[],
  rows: readonly (readonly (string | number)[])[],
  end: "\n" | "\r\n" = "\n",
): string {
  return stringify(
    [
      columns.map((name) => inert(String(name))),
      ...rows.map((row) => row.map((cell) => (typeof cell === "string" ? inert(cell) : cell))),
    ],
    { quoted_match: /[\r\n]/, record_delimiter: end },
  )
}
