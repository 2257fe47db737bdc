/** Numbers, times and tables for people. */

/** A part as a percentage; a dash where it is not defined. */
export const percent = (part: number | null | undefined): string =>
  part === null || part === undefined ? "-" : `${(part * 100).toFixed(1)} %`

export const fixed = (value: number | null | undefined, digits = 3): string =>
  value === null || value === undefined ? "-" : value.toFixed(digits)

export const whole = (value: number): string => Math.round(value).toLocaleString("en-US")

/** 0:07, 12:30, 1:02:03 */
export function clock(seconds: number): string {
  const all = Math.max(0, Math.round(seconds))
  const two = (value: number) => String(value).padStart(2, "0")
  const [hours, minutes] = [Math.floor(all / 3600), Math.floor(all / 60) % 60]
  return hours > 0 ? `${hours}:${two(minutes)}:${two(all % 60)}` : `${minutes}:${two(all % 60)}`
}

/**
 * Lines of text with the rows' cells under each other.
 *
 * @param align a letter per column, "l" for words to the left and "r" for numbers to the right; the
 * last holds for the rest
 */
export function table(rows: readonly (readonly string[])[], align = "lr"): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  const pad = (cell: string, column: number) =>
    (align[column] ?? align.at(-1)) === "l" ? cell.padEnd(widths[column]) : cell.padStart(widths[column])
  return rows.map((row) => row.map(pad).join("  ").trimEnd())
}

/**
 * Text broken between words to lines of at most so many columns; all but the first are indented.
 */
export function wrap(text: string, columns: number, indent = 0): string[] {
  if (text.length <= columns) return [text]
  const lines = [""]
  for (const word of text.split(" ")) {
    const line = lines[lines.length - 1]
    if (line.trim() !== "" && line.length + 1 + word.length > columns) lines.push(" ".repeat(indent) + word)
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`
  }
  return lines
}
