/** HTML by tagged templates: every value is escaped, unless it is HTML that was made here. */
import { escapeHtml } from "./escape.ts"

/** What may be put into a page as it stands. */
export class Html {
  constructor(readonly text: string) {}

  toString(): string {
    return this.text
  }
}

export type Piece = Html | string | number | null | undefined | false | readonly Piece[]

const textOf = (piece: Piece): string => {
  if (piece === null || piece === undefined || piece === false) return ""
  if (piece instanceof Html) return piece.text
  if (typeof piece === "object") return piece.map(textOf).join("")
  return escapeHtml(String(piece))
}

/**
 * html`<p>${text}</p>`: text is escaped, HTML and lists of it stay, null and false leave nothing.
 */
export const html = (parts: TemplateStringsArray, ...values: Piece[]): Html =>
  new Html(parts.map((part, i) => part + textOf(values[i])).join(""))

/** Text that is HTML already, such as an SVG by ECharts. */
export const raw = (text: string): Html => new Html(text)

/** Rows under a header; the first column says what a row is about. */
export function tableHtml(header: readonly Piece[], rows: readonly (readonly Piece[])[]): Html {
  const cells = (row: readonly Piece[]) => row.map((cell, i) => (i === 0 ? html`<th scope="row">${cell}</th>` : html`<td>${cell}</td>`)) // biome-ignore format: a pair
  return html`<div class="wide" tabindex="0"><table>
<thead><tr>${header.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${cells(row)}</tr>\n`)}</tbody>
</table></div>`
}

/** Names with what they stand for; pairs without a value are left out. */
export function factsHtml(facts: readonly (readonly [string, Piece])[]): Html {
  const known = facts.filter(([, value]) => value !== null && value !== undefined && value !== false && value !== "")
  return html`<dl>${known.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>\n`)}</dl>`
}

/** A part of the page with a name in the list of contents. */
export interface Section {
  id: string
  title: string
  body: Html
}

export const sectionHtml = ({ id, title, body }: Section): Html =>
  html`<section id="${id}"><h2>${title}</h2>\n${body}\n</section>\n`
