/** A layer in pictures: its channels for one image, and of a first convolution its filters. */
import { descriptorOf } from "../layers/descriptor.ts"
import type { Activation } from "./activations.ts"
import type { Place } from "./arithmetic.ts"
import { el, fill } from "./dom.ts"
import { drawGray, grayCanvas } from "./picture.ts"
import { shortly } from "./wording.ts"

/** Channels that are shown of each layer. */
const SHOWN = 16

/**
 * Rows and columns for the numbers of a layer without pictures, as squares about four times as wide
 * as high.
 */
function squares(count: number): [rows: number, columns: number] {
  const columns = Math.min(count, Math.max(16, Math.ceil(Math.sqrt(4 * count))))
  return [Math.ceil(count / columns), columns]
}

export class LayerRow {
  readonly element: HTMLElement
  readonly #pictures = el("div", { className: "maps" })
  readonly #filters = el("div", { className: "maps filters" })
  readonly #gradients = el("div", { className: "maps" })
  readonly #gradientTitle = el("h5", {}, "Gradients of the loss")
  readonly #gradientRange = el("p", { className: "soft range" })
  readonly #range = el("p", { className: "soft range" })
  readonly #filterRange = el("p", { className: "soft range" })
  #canvases: HTMLCanvasElement[] = []
  #filterCanvases: HTMLCanvasElement[] = []
  #gradientCanvases: HTMLCanvasElement[] = []

  /**
   * @param filters whether the layer's filters are shown too
   * @param told whether its kind was explained in an earlier row
   * @param choose is given the value whose pixel was clicked
   */
  constructor(
    { name, layer, shape }: Activation,
    readonly filters: boolean,
    told: boolean,
    readonly choose: (place: Place) => void,
  ) {
    const kind = layer.constructor.name
    const { text, page } = descriptorOf(layer).lesson ?? { text: "", page: "networks" }
    const title = el("h4", {}, `${name} ${kind}`, el("span", { className: "soft" }, ` ${shape.join(" x ")}`))
    const words = el(
      "details",
      { className: "soft" },
      el("summary", {}, "About"),
      !told && `${text} `,
      el("a", { href: `docs/${page}.html`, target: "_blank" }, "How it is computed"),
    )
    const shown = filters
      ? el("div", {}, el("h5", {}, "Its filters"), this.#filters, this.#filterRange, el("h5", {}, "Its channels"))
      : undefined
    const gradients = [this.#gradientTitle, this.#gradients, this.#gradientRange]
    for (const one of gradients) one.classList.add("gradient")
    this.element = el("li", { className: "layer" }, title, words, shown, this.#pictures, this.#range, ...gradients)
  }

  /** Draws the layer's numbers, all on one scale. */
  show({ shape, values, gradient }: Activation): void {
    const sizes = shape.length === 3 ? shape : [1, ...squares(shape[0])]
    const most = gradient.reduce((a, b) => Math.max(a, Math.abs(b)), 0)
    const around = gradient.map((value) => 127.5 * (1 + (most > 0 ? value / most : 0)))
    this.#gradientCanvases = this.#drawn(this.#gradients, this.#gradientCanvases, around, sizes, "gradient of channel")
    fill(this.#gradientRange, `${shortly(-most)} to ${shortly(most)}`)
    if (values.length === 1) {
      fill(this.#pictures, el("output", {}, values[0].toFixed(3)))
      return
    }
    const [low, high] = range(values)
    fill(this.#range, `${shortly(low)} to ${shortly(high)}`)
    const gray = values.map((value) => (high > low ? (255 * (value - low)) / (high - low) : 0))
    const before = this.#canvases
    this.#canvases = this.#drawn(this.#pictures, before, gray, sizes, "channel")
    if (this.#canvases === before) return
    for (const [k, canvas] of this.#canvases.entries())
      canvas.addEventListener("click", (event) => {
        const [column, row] = pixelAt(canvas, event)
        const at = row * canvas.width + column
        // The numbers of a layer without pictures are channels, drawn as squares.
        if (shape.length === 3) this.choose({ channel: k, row, column })
        else if (at < values.length) this.choose({ channel: at, row: 0, column: 0 })
      })
  }

  /**
   * Draws filters: gray is 0, white positive, black negative. @param shape [O,C,K,K]; of several
   * channels the first is shown
   */
  showFilters(values: Float32Array, [count, channels, height, width]: readonly number[]): void {
    const most = Math.max(...values.map(Math.abs)) || 1
    fill(this.#filterRange, `${shortly(-most)} to ${shortly(most)}`)
    const area = height * width
    const firsts = new Float32Array(count * area)
    for (let k = 0; k < count; k++)
      firsts.set(values.subarray(k * channels * area, k * channels * area + area), k * area)
    const gray = firsts.map((value) => 127.5 * (1 + value / most))
    this.#filterCanvases = this.#drawn(this.#filters, this.#filterCanvases, gray, [count, height, width], "filter")
  }

  #drawn(
    into: HTMLElement,
    before: HTMLCanvasElement[],
    gray: Float32Array,
    [count, height, width]: readonly number[],
    what: string,
  ): HTMLCanvasElement[] {
    const shown = Math.min(count, SHOWN)
    const part = (k: number) => padded(gray.subarray(k * height * width, (k + 1) * height * width), height * width)
    if (before.length === shown) {
      for (const [k, canvas] of before.entries()) drawGray(canvas, part(k))
      return before
    }
    const canvases = Array.from({ length: shown }, (_, k) => grayCanvas(part(k), width, height, `${what} ${k}`))
    into.classList.toggle("single", count === 1)
    fill(into, ...canvases, count > shown && el("span", { className: "soft" }, `and ${count - shown} more`))
    return canvases
  }
}

function pixelAt(canvas: HTMLCanvasElement, { clientX, clientY }: MouseEvent): [column: number, row: number] {
  const { left, top, width, height } = canvas.getBoundingClientRect()
  const whole = (part: number, size: number) => Math.min(size - 1, Math.max(0, Math.floor(part * size)))
  return [whole((clientX - left) / width, canvas.width), whole((clientY - top) / height, canvas.height)]
}

/** The last row of squares may have fewer. */
function padded(values: Float32Array, length: number): Float32Array {
  if (values.length === length) return values
  const out = new Float32Array(length)
  out.set(values)
  return out
}

function range(values: Float32Array): [low: number, high: number] {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const value of values) {
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  return [low, high]
}
