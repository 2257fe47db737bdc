/** What there is to see before any image is opened: the run's numbers, and ten of its images. */
import type { RunMessage, TestedImage } from "../serve/run_message.ts"
import { el, fill } from "./dom.ts"
import type { Networks } from "./networks_in_page.ts"
import { samples } from "./samples.ts"
import { TestedCard } from "./tested_card.ts"
import { spoken } from "./wording.ts"

export class RunAtAGlance {
  readonly element: HTMLElement
  readonly #card = el("div", { className: "try" })
  readonly #buttons = el("div", { className: "samples", attributes: { role: "group", "aria-label": "Sample images" } })

  constructor(
    readonly run: RunMessage,
    readonly networks: Networks,
  ) {
    const { name, numbers, predictions } = run
    const cells = numbers.map(({ name, text }) => el("div", {}, el("dt", {}, name), el("dd", {}, text)))
    const shown = predictions ? samples(predictions) : []
    fill(this.#buttons, ...shown.map((image) => this.#button(image)))
    const hint =
      "Try one of the run's images. The network of its own fold predicts it; that network was not trained on it."
    this.element = el(
      "section",
      { className: "glance", attributes: { "aria-label": `The run ${name}` } },
      cells.length > 0 && el("dl", { className: "figures" }, ...cells),
      ...(shown.length > 0 ? [el("p", { className: "soft" }, hint), this.#buttons, this.#card] : []),
    )
    if (shown[0]) this.#try(shown[0])
  }

  #button(image: TestedImage): HTMLElement {
    const { classes } = this.run.predictions!
    const alt = `${image.file}, ${spoken(classes[image.label])}`
    const button = el("button", { type: "button", title: alt }, el("img", { src: image.pixels!, alt }))
    button.addEventListener("click", () => this.#try(image))
    return button
  }

  #try(image: TestedImage): void {
    const shown = samples(this.run.predictions!).indexOf(image)
    for (const [k, button] of [...this.#buttons.children].entries())
      button.setAttribute("aria-pressed", `${k === shown}`)
    const card = new TestedCard(image, this.run.predictions!, this.networks)
    fill(this.#card, card.element)
    void card.look()
  }
}
