/** One image: what was answered, how sure that is, and where the networks looked. */
import { type Prediction, shownClass } from "../run/mean_prediction.ts"
import { el, fill } from "./dom.ts"
import { onGpu, recovering } from "./engine.ts"
import type { Ensemble, MapMethod } from "./ensemble.ts"
import { film } from "./gray_image.ts"
import type { Networks, Source } from "./networks_in_page.ts"
import { Overlay } from "./overlay.ts"
import { percent, spoken, worded } from "./wording.ts"

/** An image with its prediction. */
export interface Answered {
  file: string
  classes: readonly string[]
  /** Gray values 0..255, [size, size], as the networks see it. */
  pixels: Uint8Array
  size: number
  prediction: Prediction
  warnings: readonly string[]
}

export class PredictionCard {
  readonly element: HTMLElement
  readonly #body = el("div", { className: "card-body", attributes: { "aria-live": "polite" } }, "Looking at it ...")

  /** Why there is no map. */
  readonly #problem = el("p", { className: "problem" })

  constructor(readonly name: string) {
    this.element = el("article", { className: "card" }, el("h3", {}, name), this.#body)
  }

  /**
   * Asks the networks about the file; what goes wrong is said in the card.
   *
   * @param answered is given the prediction before its map is made
   */
  async show(file: Blob, networks: Networks, answered: (one: Answered) => void): Promise<void> {
    try {
      const source = networks.latest
      const { ensemble, pixels, warnings, prediction } = await recovering(() => predicted(source, file))
      const said = warnings.map((text) =>
        el("p", { className: "warning" }, `Warning: ${text}; its prediction means nothing.`),
      )
      if (said.length > 0) this.#body.before(...said)
      const overlay = new Overlay(pixels, ensemble.size, this.name)
      const look = (method: MapMethod) => this.#look(overlay, source, pixels, prediction, method)
      fill(
        this.#body,
        overlay.element,
        this.#words(ensemble, prediction, (method) => void look(method)),
      )
      const { classes, size } = ensemble
      answered({ file: this.name, classes, pixels, size, prediction, warnings })
      await look("layer-cam")
    } catch (error) {
      fill(this.#body, el("p", { className: "problem" }, `${this.name}: ${(error as Error).message}`))
    }
  }

  /** Where they looked; an answer that is there stays, whatever becomes of the map. */
  async #look(
    overlay: Overlay,
    source: Source,
    pixels: Uint8Array,
    { label, calibrated }: Prediction,
    method: MapMethod,
  ): Promise<void> {
    this.#problem.remove()
    try {
      const evidence = await recovering(async () => {
        const ensemble = await source.ensemble()
        const { classes } = ensemble
        const explained = shownClass(classes, classes.indexOf(label))
        const map = await onGpu(() => ensemble.map(pixels, explained, method))
        return { map, label: spoken(classes[explained]), probability: calibrated[explained] }
      })
      overlay.show(evidence)
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
      bars(ensemble, prediction),
      ...sentences.map((sentence) => el("p", {}, sentence)),
      el("p", {}, el("label", {}, "Map of where it looked ", select)),
      el("p", { className: "warning" }, "Not for clinical use."),
    )
  }
}

async function predicted(source: Source, file: Blob) {
  const ensemble = await source.ensemble()
  const { pixels, warnings } = await film(file, ensemble.size)
  return { ensemble, pixels, warnings, prediction: await onGpu(() => ensemble.predict(pixels)) }
}

/**
 * A bar a class, of its calibrated probability. With two classes, a tick on the second one's bar
 * shows the threshold.
 */
function bars({ classes, calibratedThreshold }: Ensemble, { label, calibrated }: Prediction): HTMLElement {
  // Several networks' mean may lie on the other side of their thresholds' mean once calibrated.
  const agrees = classes.length === 2 && calibrated[1] > calibratedThreshold === (label === classes[1])
  const rows = classes.flatMap((name, k) => {
    const value = el("meter", { value: calibrated[k], attributes: { "aria-hidden": "true" } })
    const bar = el("span", { className: "bar" }, value, agrees && k === 1 && tick(calibratedThreshold))
    const shown = el("data", { value: `${calibrated[k]}` }, ` ${percent(calibrated[k])} %`)
    return [el("dt", {}, spoken(name)), el("dd", {}, bar, shown)]
  })
  return el("dl", { className: "bars", attributes: { "aria-label": "calibrated probabilities" } }, ...rows)
}

function tick(threshold: number): HTMLElement {
  const text = `threshold ${percent(threshold)} %`
  const mark = el("span", { className: "tick", title: text, attributes: { role: "img", "aria-label": text } })
  mark.style.left = `${100 * threshold}%`
  return mark
}
