/**
 * An image of the run: what it is, what was answered, and on demand where its fold's network
 * looked.
 */

import { shownClass } from "../run/mean_prediction.ts"
import type { Predictions, TestedImage } from "../serve/run_message.ts"
import { el, fill } from "./dom.ts"
import { onGpu } from "./engine.ts"
import { grayImage } from "./gray_image.ts"
import type { Networks } from "./networks_in_page.ts"
import { Overlay } from "./overlay.ts"
import { servedImage } from "./served.ts"
import { percent, spoken } from "./wording.ts"

export class TestedCard {
  readonly element: HTMLElement
  readonly #picture: HTMLElement
  readonly #button = el("button", { type: "button" }, "Where it looked")
  readonly #problem = el("p", { className: "problem" })

  constructor(
    readonly image: TestedImage,
    readonly predictions: Predictions,
    readonly networks: Networks,
  ) {
    const { file, pixels } = image
    this.#picture = el("div", { className: "stack" })
    this.#button.addEventListener("click", () => void this.#look())
    const heading = el("h3", {}, file)
    this.element = el("article", { className: "card" }, heading, this.#facts())
    if (pixels === undefined) return
    this.#picture.append(el("img", { src: pixels, alt: file, loading: "lazy" }))
    heading.after(this.#picture)
    this.element.append(this.#button)
  }

  #facts(): HTMLElement {
    const { image, predictions } = this
    const { label, answer, calibrated, fold, repeat, peak, distance } = image
    const named = (index: number) => spoken(predictions.classes[index])
    const right = label === answer
    const place = repeat > 0 ? `fold ${fold} of repeat ${repeat}` : `fold ${fold}`
    const far = distance === null || distance === undefined ? "" : `, ${distance.toFixed(0)} pixels from the break`
    return el(
      "dl",
      { className: "facts" },
      ...[el("dt", {}, "is"), el("dd", {}, named(label))],
      ...[
        el("dt", {}, "answer"),
        el("dd", { className: right ? "good" : "bad" }, `${named(answer)}, ${right ? "right" : "wrong"}`),
      ],
      ...[el("dt", {}, "calibrated"), el("dd", {}, `${percent(calibrated[answer])}\u00a0% for it`)],
      ...[el("dt", {}, "by"), el("dd", {}, place)],
      ...(peak ? [el("dt", {}, "map's peak"), el("dd", {}, `at ${peak.x}, ${peak.y}${far}`)] : []),
    )
  }

  /** The map of its fold's network alone: the others were trained on this image. */
  async #look(): Promise<void> {
    const { image, predictions } = this
    this.#button.disabled = true
    this.#problem.remove()
    try {
      const ensemble = await this.networks.ofRun()
      const pixels = await grayImage(await servedImage(image.pixels!), ensemble.size)
      const label = shownClass(predictions.classes, image.answer)
      const own = ({ info }: { info: { repeat: number; fold: number } }) =>
        info.repeat === image.repeat && info.fold === image.fold
      const map = await onGpu(() => ensemble.map(pixels, label, "layer-cam", own))
      const overlay = new Overlay(pixels, ensemble.size, image.file)
      overlay.show(map)
      this.#picture.replaceWith(overlay.element)
      this.#button.remove()
      overlay.element.querySelector("input")?.focus({ preventScroll: true })
    } catch (error) {
      this.#button.disabled = false
      fill(this.#problem, (error as Error).message)
      this.element.append(this.#problem)
    }
  }
}
