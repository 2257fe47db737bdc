/**
 * Texts of others, such as names of files, on a terminal: what would move its cursor, colour it,
 * write its title or turn the direction of reading is shown as an escape.
 */

/** C0 and C1, DEL, and what changes the direction of text. */
const HIDDEN = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu

const escaped = (character: string): string =>
  character === "\n" ? "\\n" : `\\u{${character.codePointAt(0)!.toString(16).padStart(2, "0")}}`

/** A name on one line. */
export const visible = (name: string): string => name.replace(HIDDEN, escaped)

/** Several lines: their ends and tabs stay. */
export const visibleLines = (text: string): string =>
  text.replace(HIDDEN, (character) => (character === "\n" || character === "\t" ? character : escaped(character)))
