/**
 * An image of the run: what it is, what was answered, and on demand where its fold's network
 * looked.
 */

import { shownClass } from "../run/mean_prediction.ts"
import type { Predictions, TestedImage } from "../serve/run_message.ts"
import { el, fill } from "./dom.ts"
import { onGpu, recovering } from "./engine.ts"
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
    this.#button.addEventListener("click", () => void this.look())
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

  /** Shows the map of its fold's network alone: the others were trained on this image. */
  async look(): Promise<void> {
    const { image } = this
    // Whoever pressed the button by the keyboard is led on to what came of it.
    const pressed = document.activeElement === this.#button
    this.#button.disabled = true
    this.#problem.remove()
    try {
      const overlay = await recovering(() => this.#overlay())
      this.#picture.replaceWith(overlay.element)
      this.#button.remove()
      if (pressed) overlay.element.querySelector("input")?.focus({ preventScroll: true })
    } catch (error) {
      this.#button.disabled = false
      fill(this.#problem, `${image.file}: ${(error as Error).message}`)
      this.element.append(this.#problem)
    }
  }

  async #overlay(): Promise<Overlay> {
    const { classes } = this.predictions
    const { file, pixels: address, answer, calibrated, repeat, fold } = this.image
    const ensemble = await this.networks.ofRun.ensemble()
    const pixels = await grayImage(await servedImage(address!), ensemble.size)
    const label = shownClass(classes, answer)
    const map = await onGpu(() =>
      ensemble.map(pixels, label, "layer-cam", ({ info }) => info.repeat === repeat && info.fold === fold),
    )
    const overlay = new Overlay(pixels, ensemble.size, file)
    overlay.show({ map, label: spoken(classes[label]), probability: calibrated[label] })
    return overlay
  }
}
