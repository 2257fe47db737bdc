/**
 * Cells of a CSV that a spreadsheet would run as a formula, led by an apostrophe so that it shows
 * them as text.
 *
 * @see https://owasp.org/www-community/attacks/CSV_Injection
 */

/**
 * What a spreadsheet runs, behind apostrophes that were there before: `tame` takes one away, so one
 * is added to those, too.
 */
const FORMULA = /^'*\s*[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/

export const inert = (cell: string): string => (FORMULA.test(cell) ? `'${cell}` : cell)

/** What `inert` was given. */
export const tame = (cell: string): string => (cell.startsWith("'") && FORMULA.test(cell) ? cell.slice(1) : cell)
