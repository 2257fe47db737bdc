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

export class PlaygroundControls {
  readonly element: HTMLElement
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
      select.addEventListener("change", () => actions.change())
    this.#lr.addEventListener("input", () => this.#showLr())
    this.#showLr()
    const next = el("button", { type: "button" }, "Another image")
    next.addEventListener("click", () => actions.next())
    this.element = el(
      "div",
      { className: "controls", attributes: { role: "group", "aria-label": "Training" } },
      ...[this.#start, this.#step, this.#reset, next],
      el("label", {}, "Network ", this.#model),
      el("label", {}, "Optimiser ", this.#optimizer),
      el("label", {}, "Pixels ", this.#size),
      el("label", { className: "slider" }, "Learning rate ", this.#lr, this.#lrShown),
    )
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
