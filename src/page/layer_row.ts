/** A layer in pictures: its channels for one image, and of a first convolution its filters. */
import { descriptorOf } from "../layers/descriptor.ts"
import type { Activation } from "./activations.ts"
import { el, fill } from "./dom.ts"
import { drawGray, grayCanvas } from "./picture.ts"

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
  #canvases: HTMLCanvasElement[] = []
  #filterCanvases: HTMLCanvasElement[] = []

  /**
   * @param filters whether the layer's filters are shown too
   * @param told whether its kind was explained in an earlier row
   */
  constructor(
    { name, layer, shape }: Activation,
    readonly filters: boolean,
    told: boolean,
  ) {
    const kind = layer.constructor.name
    const { text, page } = descriptorOf(layer).lesson ?? { text: "", page: "networks" }
    const title = el("h4", {}, `${name} ${kind}`, el("span", { className: "soft" }, ` ${shape.join(" x ")}`))
    const words = el(
      "p",
      { className: "soft" },
      !told && `${text} `,
      el("a", { href: `docs/${page}.html` }, "How it is computed"),
    )
    const shown = filters
      ? el("div", {}, el("h5", {}, "Its filters"), this.#filters, el("h5", {}, "Its channels"))
      : undefined
    this.element = el("li", { className: "layer" }, title, words, shown, this.#pictures)
  }

  /** Draws the layer's numbers, all on one scale. */
  show({ shape, values }: Activation): void {
    if (values.length === 1) {
      fill(this.#pictures, el("output", {}, values[0].toFixed(3)))
      return
    }
    const [low, high] = range(values)
    const gray = values.map((value) => (high > low ? (255 * (value - low)) / (high - low) : 0))
    const [channels, height, width] = shape.length === 3 ? shape : [1, ...squares(shape[0])]
    this.#canvases = this.#drawn(this.#pictures, this.#canvases, gray, [channels, height, width], "channel")
  }

  /**
   * Draws filters: gray is 0, white positive, black negative. @param shape [O,C,K,K]; of several
   * channels the first is shown
   */
  showFilters(values: Float32Array, [count, channels, height, width]: readonly number[]): void {
    const most = Math.max(...values.map(Math.abs)) || 1
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
    [count, height, width]: number[],
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
