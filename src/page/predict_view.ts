/** The view that takes X-rays: what the networks answer, and where they looked. */
import { el, fill } from "./dom.ts"
import { FilePicker } from "./file_picker.ts"
import type { Networks } from "./networks_in_page.ts"
import { PredictionCard } from "./prediction_card.ts"
import { PredictionsTable } from "./predictions_table.ts"
import { RunAtAGlance } from "./run_at_a_glance.ts"
import type { View } from "./views.ts"

export class PredictView implements View {
  readonly #status = el("p", { className: "soft", attributes: { role: "status" } })
  /** Before any answer: what the run's answers are worth less for. */
  readonly #problems = el("ul", { className: "warning" })
  readonly #cards = el("div", { className: "cards" })
  readonly #table = new PredictionsTable()
  readonly #clear = el("button", { type: "button", hidden: true }, "Clear")

  constructor(
    section: HTMLElement,
    readonly networks: Networks,
  ) {
    const images = new FilePicker("Open X-rays", "or drop them anywhere: PNG, JPEG, WebP, GIF", "image/*", (files) =>
      this.#predict(files),
    )
    const weights = new FilePicker("Open weights", "of a run: its .safetensors files", ".safetensors", (files) =>
      this.#open(files),
    )
    fill(
      section,
      el("h2", { id: "predict-title" }, "What the network makes of X-rays"),
      networks.run ? new RunAtAGlance(networks.run, networks).element : undefined,
      el("div", { className: "pickers" }, images.element, weights.element),
      this.#status,
      this.#problems,
      el("p", {}, this.#clear),
      this.#table.element,
      this.#cards,
    )
    this.#clear.addEventListener("click", () => {
      fill(this.#cards)
      this.#table.clear()
      this.#clear.hidden = true
    })
    this.#say()
  }

  show(): void {}

  /** Images and weights as they were dropped. */
  async take(files: readonly File[]): Promise<void> {
    const isWeights = ({ name }: File) => name.toLowerCase().endsWith(".safetensors")
    const weights = files.filter(isWeights)
    if (weights.length > 0) await this.#open(weights)
    await this.#predict(files.filter((file) => !isWeights(file)))
  }

  #say(): void {
    const { name, problems } = this.networks
    fill(
      this.#status,
      name ? `The networks are those of ${name}.` : "No network is open yet: open a run's weights first.",
    )
    fill(this.#problems, ...problems.map((text) => el("li", {}, text)))
  }

  async #open(files: File[]): Promise<void> {
    try {
      await this.networks.open(files)
      this.#say()
    } catch (error) {
      fill(this.#status, el("span", { className: "problem" }, (error as Error).message))
    }
  }

  async #predict(files: readonly File[]): Promise<void> {
    this.#clear.hidden = files.length === 0 && this.#clear.hidden
    for (const file of files) {
      const card = new PredictionCard(file.name)
      this.#cards.prepend(card.element)
      await card.show(file, this.networks, (one) => this.#table.add(one))
    }
  }
}
