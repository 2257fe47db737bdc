/** A reporting guideline's items, each filled from the run or left to the author. */
import { type Html, html, type Piece } from "./html.ts"

export interface Item {
  no: string
  /** What is asked for, in short; the guideline's own words are in its paper. */
  text: string
  /** What the run says. */
  run?: Piece
  /** What only the author knows; an item without `run` is the author's as a whole. */
  author?: string
}

export interface Part {
  title: string
  items: readonly Item[]
}

export const item = (no: string | number, text: string, run?: Piece, author?: string): Item => ({
  no: String(no),
  text,
  run,
  author,
})

const LEFT_TO_AUTHOR = "The author’s to fill."

export function checklistHtml(parts: readonly Part[]): Html {
  const rows = parts.flatMap(({ title, items }) => [
    html`<tr class="part"><th scope="colgroup" colspan="3">${title}</th></tr>\n`,
    ...items.map(({ no, text, run, author = run === undefined ? LEFT_TO_AUTHOR : undefined }) => {
      return html`<tr><td>${no}</td><td>${text}</td><td>${run}${run !== undefined && author && " "}${author && html`<span class="author">${author}</span>`}</td></tr>\n`
    }),
  ])
  return html`<table class="checklist"><colgroup><col class="no"><col class="item"><col></colgroup>
<thead><tr><th scope="col">no.</th><th scope="col">item</th><th scope="col">here</th></tr></thead><tbody>
${rows}</tbody></table>`
}

/** How many items the run fills, wholly or in part, of how many. */
export function filled(parts: readonly Part[]): { run: number; all: number } {
  const items = parts.flatMap(({ items }) => items)
  return { run: items.filter(({ run }) => run !== undefined).length, all: items.length }
}
