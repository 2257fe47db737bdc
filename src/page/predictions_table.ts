/** Many predictions as a table: sorted by a column, and as a CSV like that of `cnn predict`. */
import { csv } from "../files/csv.ts"
import { answerCells, answerColumns } from "../predict/answer_cells.ts"
import { shownClass } from "../run/mean_prediction.ts"
import { el, fill } from "./dom.ts"
import { grayCanvas } from "./picture.ts"
import type { Answered } from "./prediction_card.ts"
import { percent, spoken } from "./wording.ts"

/** A row's values by which it is sorted, in the order of the columns. */
const COLUMNS = ["file", "answer", "calibrated", "warning"] as const
type Column = (typeof COLUMNS)[number]

export class PredictionsTable {
  readonly element = el("section", { hidden: true, attributes: { "aria-label": "All predictions" } })
  readonly #body = el("tbody")
  readonly #heads: HTMLTableCellElement[]
  #rows: Answered[] = []
  #sorted: { column: Column; ascending: boolean } | undefined

  constructor() {
    this.#heads = COLUMNS.map((column) => {
      const button = el("button", { type: "button" }, column)
      button.addEventListener("click", () => this.#sort(column))
      return el("th", { scope: "col" }, button)
    })
    const head = el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "image"), ...this.#heads))
    const table = el("table", {}, head, this.#body)
    const save = el("button", { type: "button" }, "Save as CSV")
    save.addEventListener("click", () => this.#save())
    const wide = el(
      "div",
      { className: "wide", tabIndex: 0, attributes: { role: "group", "aria-label": "Table" } },
      table,
    )
    fill(this.element, wide, el("p", {}, save))
  }

  add(answered: Answered): void {
    this.#rows.push(answered)
    this.#show()
  }

  clear(): void {
    this.#rows = []
    this.#show()
  }

  #sort(column: Column): void {
    const ascending = this.#sorted?.column === column ? !this.#sorted.ascending : true
    this.#sorted = { column, ascending }
    for (const [k, head] of this.#heads.entries()) {
      if (COLUMNS[k] === column) head.setAttribute("aria-sort", ascending ? "ascending" : "descending")
      else head.removeAttribute("aria-sort")
    }
    this.#rows.sort((a, b) => {
      const [one, other] = [sortedBy(a, column), sortedBy(b, column)]
      const order =
        typeof one === "number" ? one - Number(other) : one.localeCompare(String(other), "en", { numeric: true })
      return ascending ? order : -order
    })
    this.#show()
  }

  #show(): void {
    // One image has its card.
    this.element.hidden = this.#rows.length < 2
    fill(this.#body, ...this.#rows.map(rowOf))
  }

  #save(): void {
    const { classes } = this.#rows[0]
    const rows = this.#rows.map(({ file, prediction, warnings }) => [
      ...answerCells(classes, file, prediction),
      warnings.join(", "),
    ])
    const text = csv([...answerColumns(classes), "warning"], rows)
    const href = URL.createObjectURL(new Blob([text], { type: "text/csv" }))
    el("a", { href, download: "predictions.csv" }).click()
    URL.revokeObjectURL(href)
  }
}

function shown({ classes, prediction }: Answered): number {
  return prediction.calibrated[shownClass(classes, classes.indexOf(prediction.label))]
}

function sortedBy(answered: Answered, column: Column): string | number {
  if (column === "file") return answered.file
  if (column === "answer") return answered.prediction.label
  return column === "warning" ? answered.warnings.join(", ") : shown(answered)
}

function rowOf(answered: Answered): HTMLElement {
  const { file, pixels, size, prediction, warnings } = answered
  const picture = grayCanvas(pixels, size, size, file)
  picture.className = "thumbnail"
  const cells = [file, spoken(prediction.label), `${percent(shown(answered))} %`, warnings.join(", ")]
  return el("tr", {}, el("td", {}, picture), ...cells.map((text) => el("td", {}, text)))
}
