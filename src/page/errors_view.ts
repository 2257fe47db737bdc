/** The view of a run's own images: what was answered out of fold, and wrongly. */
import type { Predictions } from "../serve/run_message.ts"
import { el, fill } from "./dom.ts"
import { type Selection, selections } from "./errors.ts"
import type { Networks } from "./networks_in_page.ts"
import { TestedCard } from "./tested_card.ts"
import type { View } from "./views.ts"

/** Images that come at once; more come when they are asked for. */
const AT_ONCE = 24

export class ErrorsView implements View {
  readonly #cards = el("div", { className: "cards small" })
  readonly #more = el("button", { type: "button" }, "More")
  readonly #select: HTMLSelectElement
  readonly #selections: Selection[]
  #shown = 0

  constructor(
    section: HTMLElement,
    readonly networks: Networks,
    readonly predictions: Predictions,
  ) {
    this.#selections = selections(predictions)
    const options = this.#selections.map(({ name, images }, k) =>
      el("option", { value: `${k}` }, `${name}: ${images.length}`),
    )
    this.#select = el("select", {}, ...options)
    this.#select.addEventListener("change", () => this.#restart())
    this.#more.addEventListener("click", () => this.#add())
    const title = el("h2", { id: "errors-title" }, "What the run got wrong")
    const { images } = predictions
    const text =
      `Each of the ${images.length} predictions is by the network whose fold the image was tested in: it had seen nothing of the image's group. ` +
      "An answer is that at the fold's threshold. The most mistaken come first: those of which the network was surest; all images come in the order of the files."
    const none = images.some(({ pixels }) => pixels === undefined)
      ? " The run's pages are without images, and names of files are hashed."
      : ""
    const hint = images.some(({ peak }) => peak) ? "" : " npx cnn explain RUN --all adds where each map peaks."
    fill(
      section,
      title,
      el("p", {}, text + none + hint),
      el("p", {}, el("label", {}, "Shown ", this.#select)),
      this.#cards,
      this.#more,
    )
  }

  show(): void {
    if (this.#shown === 0) this.#restart()
  }

  #restart(): void {
    fill(this.#cards)
    this.#shown = 0
    this.#add()
  }

  #add(): void {
    const { images, name } = this.#selections[Number(this.#select.value)]
    const next = images.slice(this.#shown, this.#shown + AT_ONCE)
    const cards = next.map((image) => new TestedCard(image, this.predictions, this.networks).element)
    this.#cards.append(...cards)
    if (images.length === 0) fill(this.#cards, el("p", {}, `${name}: none.`))
    this.#shown += next.length
    const again = document.activeElement === this.#more
    this.#more.hidden = this.#shown >= images.length
    // Whoever pressed the button by the keyboard is led on to what came of it.
    if (again) cards[0]?.querySelector("button")?.focus({ preventScroll: true })
  }
}
