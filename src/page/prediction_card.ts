/** One image: what was answered, how sure that is, and where the networks looked. */
import { type Prediction, shownClass } from "../run/mean_prediction.ts"
import { el, fill } from "./dom.ts"
import { onGpu } from "./engine.ts"
import type { Ensemble, MapMethod } from "./ensemble.ts"
import { grayImage } from "./gray_image.ts"
import type { Networks } from "./networks_in_page.ts"
import { Overlay } from "./overlay.ts"
import { percent, spoken, worded } from "./wording.ts"

export class PredictionCard {
  readonly element: HTMLElement
  readonly #body = el("div", { className: "card-body", attributes: { "aria-live": "polite" } }, "Looking at it ...")

  /** Why there is no map. */
  readonly #problem = el("p", { className: "problem" })

  constructor(readonly name: string) {
    this.element = el("article", { className: "card" }, el("h3", {}, name), this.#body)
  }

  /** Asks the networks about the file; what goes wrong is said in the card. */
  async show(file: Blob, networks: Networks): Promise<void> {
    try {
      const ensemble = await networks.ensemble()
      const pixels = await grayImage(file, ensemble.size)
      const prediction = await onGpu(() => ensemble.predict(pixels))
      const overlay = new Overlay(pixels, ensemble.size, this.name)
      const look = (method: MapMethod) => void this.#look(overlay, ensemble, pixels, prediction, method)
      fill(this.#body, overlay.element, this.#words(ensemble, prediction, look))
      await this.#look(overlay, ensemble, pixels, prediction, "layer-cam")
    } catch (error) {
      fill(this.#body, el("p", { className: "problem" }, `${this.name}: ${(error as Error).message}`))
    }
  }

  /** Where they looked; an answer that is there stays, whatever becomes of the map. */
  async #look(
    overlay: Overlay,
    ensemble: Ensemble,
    pixels: Uint8Array,
    { label }: Prediction,
    method: MapMethod,
  ): Promise<void> {
    const explained = shownClass(ensemble.classes, ensemble.classes.indexOf(label))
    this.#problem.remove()
    try {
      overlay.show(await onGpu(() => ensemble.map(pixels, explained, method)))
    } catch (error) {
      fill(this.#problem, `${this.name}: ${(error as Error).message}`)
      this.#body.append(this.#problem)
    }
  }

  #words(ensemble: Ensemble, prediction: Prediction, look: (method: MapMethod) => void): HTMLElement {
    const { title, sentences } = worded(ensemble, prediction)
    const select = el(
      "select",
      {},
      el("option", { value: "layer-cam" }, "LayerCAM, fine"),
      el("option", { value: "grad-cam" }, "Grad-CAM, coarse"),
    )
    select.addEventListener("change", () => look(select.value as MapMethod))
    return el(
      "div",
      { className: "words" },
      el("p", { className: "answer" }, title),
      bars(ensemble.classes, prediction.calibrated),
      ...sentences.map((sentence) => el("p", {}, sentence)),
      el("p", {}, el("label", {}, "Map of where it looked ", select)),
      el("p", { className: "warning" }, "Not for clinical use."),
    )
  }
}

/** A bar a class, of its calibrated probability. */
function bars(classes: readonly string[], calibrated: readonly number[]): HTMLElement {
  const rows = classes.flatMap((name, k) => [
    el("dt", {}, spoken(name)),
    el(
      "dd",
      {},
      el("meter", { value: calibrated[k], attributes: { "aria-hidden": "true" } }),
      el("data", { value: `${calibrated[k]}` }, ` ${percent(calibrated[k])} %`),
    ),
  ])
  return el("dl", { className: "bars", attributes: { "aria-label": "calibrated probabilities" } }, ...rows)
}
