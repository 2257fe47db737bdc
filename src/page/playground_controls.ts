/** What a learner can set: the network, the optimiser, the learning rate; start, step and reset. */

import { networks } from "../models/networks.ts"
import { optimizerNames } from "../train/config.ts"
import { defaultConfig } from "../train/defaults.ts"
import { el, fill } from "./dom.ts"
import type { LessonOptions } from "./lesson.ts"

export interface ControlActions {
  /** Start, or pause where it runs. */
  toggle(): void
  step(): void
  reset(): void
  /** Another network, optimiser or size was chosen. */
  change(): void
  /** Gradients are to be seen beside the activations, or not any more. */
  gradients(shown: boolean): void
  /** Another image to look at. */
  next(): void
}

/** Width and height of the drawn radiographs, in pixels: larger ones show more, and take longer. */
const SIZES = ["32", "48", "64", "80"]
const USUAL_SIZE = "48"

/**
 * The slider's ends and where it stands at first, as powers of ten: lower than a run's highest, as
 * nothing lowers it later.
 */
const LOW = -4
const HIGH = 0
const USUAL = -2.5

/** The settings' names in the address, behind `#playground?`. */
const NAMES = ["network", "optimizer", "pixels", "rate"] as const

export class PlaygroundControls {
  /** The buttons, which stay in sight; and what is set now and then. */
  readonly buttons: HTMLElement
  readonly settings: HTMLElement
  readonly #start = el("button", { type: "button", className: "main" }, "Start")
  readonly #step = el("button", { type: "button" }, "One step")
  readonly #reset = el("button", { type: "button" }, "Reset")
  readonly #model = choice(Object.keys(networks), defaultConfig.model)
  readonly #optimizer = choice(optimizerNames, defaultConfig.optimizer)
  readonly #size = choice(SIZES, USUAL_SIZE)
  readonly #lr = el("input", {
    type: "range",
    min: `${LOW}`,
    max: `${HIGH}`,
    step: "0.25",
    value: `${USUAL}`,
  })
  readonly #lrShown = el("output")

  constructor(actions: ControlActions) {
    this.#start.addEventListener("click", () => actions.toggle())
    this.#step.addEventListener("click", () => actions.step())
    this.#reset.addEventListener("click", () => actions.reset())
    for (const select of [this.#model, this.#optimizer, this.#size])
      select.addEventListener("change", () => {
        this.keep()
        actions.change()
      })
    this.#lr.addEventListener("input", () => this.#showLr())
    this.#lr.addEventListener("change", () => this.keep())
    this.#restore()
    this.#showLr()
    const gradients = el("input", { type: "checkbox" })
    gradients.addEventListener("change", () => actions.gradients(gradients.checked))
    const next = el("button", { type: "button" }, "Another image")
    next.addEventListener("click", () => actions.next())
    const group = (name: string) => ({ className: "controls", attributes: { role: "group", "aria-label": name } })
    this.buttons = el("div", group("Training"), this.#start, this.#step, this.#reset, next)
    this.settings = el(
      "div",
      group("Settings"),
      el("label", {}, "Network ", this.#model),
      el("label", {}, "Optimiser ", this.#optimizer),
      el("label", {}, "Pixels ", this.#size),
      el("label", { className: "slider" }, "Learning rate ", this.#lr, this.#lrShown),
      el("label", {}, gradients, " Show gradients"),
    )
  }

  get #inputs(): (HTMLSelectElement | HTMLInputElement)[] {
    return [this.#model, this.#optimizer, this.#size, this.#lr]
  }

  /** Writes the settings into the address, so that a reload or a link has them. */
  keep(): void {
    const settings = new URLSearchParams(NAMES.map((name, k) => [name, this.#inputs[k].value]))
    history.replaceState(null, "", `#playground?${settings}`)
  }

  /** Takes those of the address that there are. */
  #restore(): void {
    const [view, settings] = location.hash.split("?")
    if (view !== "#playground") return
    const asked = new URLSearchParams(settings)
    for (const [k, input] of this.#inputs.entries()) {
      const before = input.value
      input.value = asked.get(NAMES[k]) ?? before
      // A select has no value but its own.
      if (input.value === "") input.value = before
    }
  }

  get options(): LessonOptions {
    return { model: this.#model.value, optimizer: this.#optimizer.value as LessonOptions["optimizer"] }
  }

  /** Width and height of the images, in pixels. */
  get size(): number {
    return Number(this.#size.value)
  }

  get lr(): number {
    return 10 ** this.#lr.valueAsNumber
  }

  /**
   * @param running what the first button then offers is to pause; @param ready whether there is a
   * network to train
   */
  show({ running, ready }: { running: boolean; ready: boolean }): void {
    fill(this.#start, running ? "Pause" : "Start")
    this.#start.disabled = !ready
    this.#step.disabled = !ready || running
    this.#reset.disabled = !ready
  }

  #showLr(): void {
    const text = this.lr.toPrecision(2)
    fill(this.#lrShown, text)
    this.#lr.setAttribute("aria-valuetext", text)
  }
}

function choice(names: readonly string[], chosen: string): HTMLSelectElement {
  const select = el("select", {}, ...names.map((name) => el("option", { value: name }, name)))
  select.value = chosen
  return select
}
