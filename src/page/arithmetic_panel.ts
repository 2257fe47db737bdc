/** One value of the network, chosen by a click or by its numbers, and the arithmetic behind it. */
import { SHADERS } from "#shaders"
import type { Activation } from "./activations.ts"
import { type Arithmetic, arithmeticOf, mainLines, type Patch, type Place, type Weights } from "./arithmetic.ts"
import { el, fill } from "./dom.ts"
import { shortly } from "./wording.ts"

/** Patches that are written out: those that add most. */
const SHOWN = 3

const FIELDS = ["channel", "row", "column"] as const

export class ArithmeticPanel {
  readonly element: HTMLElement
  readonly #layer = el("select", {})
  readonly #fields = FIELDS.map((name) => el("input", { type: "number", min: "0", value: "0", name }))
  readonly #answer = el("div", { attributes: { "aria-live": "polite" } })
  #activations: readonly Activation[] = []
  #weights = new Map<string, Float32Array>()

  constructor() {
    for (const input of [this.#layer, ...this.#fields]) input.addEventListener("change", () => this.#show())
    const labels = FIELDS.map((name, k) => el("label", {}, `${name} `, this.#fields[k]))
    this.element = el(
      "section",
      { className: "arithmetic", attributes: { "aria-labelledby": "arithmetic-title" } },
      el("h3", { id: "arithmetic-title" }, "One value, and how it comes about"),
      el("p", { className: "soft" }, "Click a pixel of any channel, or choose it here."),
      el("div", { className: "controls" }, el("label", {}, "Layer ", this.#layer), ...labels),
      this.#answer,
    )
  }

  /** Takes what the layers made of an image. @param weights of the network, by their names in it */
  use(activations: readonly Activation[], weights: Map<string, Float32Array>): void {
    const names = activations.map(({ name, layer }) => `${name} ${layer.constructor.name}`)
    if (names.join() !== [...this.#layer.options].map(({ text }) => text).join())
      fill(this.#layer, ...names.map((text, k) => el("option", { value: `${k}` }, text)))
    const [, height = 1, width = 1] = activations[0].shape
    const isFirst = this.#activations.length === 0
    this.#activations = activations
    this.#weights = weights
    if (isFirst) this.#set(0, { channel: 0, row: height >> 1, column: width >> 1 })
    this.#show()
  }

  /** Shows a value of layer `k`. */
  choose(k: number, place: Place): void {
    this.#set(k, place)
    this.#show()
    this.element.scrollIntoView({ block: "nearest" })
  }

  #set(k: number, { channel, row, column }: Place): void {
    this.#layer.value = `${k}`
    for (const [i, value] of [channel, row, column].entries()) this.#fields[i].value = `${value}`
  }

  #show(): void {
    const k = Number(this.#layer.value)
    const activation = this.#activations[k]
    if (!activation) return
    const [channels, height = 1, width = 1] = activation.shape
    for (const [i, size] of [channels, height, width].entries()) {
      const field = this.#fields[i]
      field.max = `${size - 1}`
      field.value = `${Math.min(size - 1, Math.max(0, Math.trunc(field.valueAsNumber || 0)))}`
    }
    const [channel, row, column] = this.#fields.map((field) => field.valueAsNumber)
    const place = { channel, row, column }
    const value = activation.values[(channel * height + row) * width + column]
    const found = arithmeticOf(activation, place, this.#weightsOf(activation))
    if (found) fill(this.#answer, ...written(found), gradientOf(activation, (channel * height + row) * width + column))
    else
      fill(
        this.#answer,
        el("p", {}, `The value is ${shortly(value)}. This layer's arithmetic is not written out here.`),
      )
  }

  #weightsOf({ name }: Activation): Weights {
    return (own) => this.#weights.get(`${name}.${own}`)
  }
}

const gradientOf = ({ gradient }: Activation, at: number): HTMLElement =>
  el("p", { className: "soft" }, `Gradient of this image's loss by this value: ${gradient[at].toExponential(2)}.`)

function written({ formula, result, patches, shader }: Arithmetic): HTMLElement[] {
  const largest = patches.toSorted((a, b) => Math.abs(b.sum) - Math.abs(a.sum)).slice(0, SHOWN)
  const rest = patches.length - largest.length
  const more = rest > 0 ? [el("p", { className: "soft" }, `and ${rest} more input channels, which add less each`)] : []
  return [
    el("p", {}, `${formula} = `, el("output", {}, shortly(result))),
    el("div", { className: "patches" }, ...largest.map(patchOf)),
    ...more,
    el(
      "details",
      {},
      el("summary", {}, `The lines of ${shader}.wgsl`),
      el(
        "p",
        { className: "soft" },
        "The plain kernel; a faster one of the same op may compute this sum in another order.",
      ),
      el("pre", { tabIndex: 0 }, el("code", {}, mainLines(SHADERS[shader]))),
    ),
  ]
}

function patchOf({ channel, values, kernel, sum }: Patch): HTMLElement {
  const parts = kernel
    ? [grid(values, "patch"), el("span", {}, "times"), grid(kernel, "kernel")]
    : [grid(values, "window")]
  const end = kernel ? [el("span", {}, `= ${shortly(sum)}`)] : []
  return el("div", { className: "patch" }, el("span", {}, `Input channel ${channel}`), ...parts, ...end)
}

/** Numbers as a small table, which scrolls by keyboard if it is too wide. */
function grid(rows: number[][], name: string): HTMLElement {
  const cell = (value: number) => el("td", {}, Number.isFinite(value) ? value.toFixed(2) : "outside")
  const body = rows.map((row) => el("tr", {}, ...row.map(cell)))
  const table = el("table", { className: "numbers", attributes: { "aria-label": name } }, el("tbody", {}, ...body))
  return el("div", { className: "wide", tabIndex: 0, attributes: { role: "group", "aria-label": name } }, table)
}
