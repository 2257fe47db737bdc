/** An image under a map of where networks looked, with a slider for how much of the map is seen. */
import { el } from "./dom.ts"
import { grayCanvas, heatCanvas } from "./picture.ts"

const OPACITY = 60

export class Overlay {
  readonly element: HTMLElement
  readonly #stack: HTMLElement
  readonly #slider: HTMLInputElement
  #heat: HTMLCanvasElement | undefined

  /** @param pixels gray values 0..255, [size, size] */
  constructor(
    pixels: Uint8Array,
    readonly size: number,
    name: string,
  ) {
    const image = grayCanvas(pixels, size, size, `${name}, as the network sees it`)
    this.#stack = el("div", { className: "stack" }, image)
    this.#slider = el("input", { type: "range", min: "0", max: "100", value: `${OPACITY}` })
    this.#slider.addEventListener("input", () => this.#fade())
    const label = el("label", { className: "slider" }, "Map's opacity ", this.#slider)
    this.element = el("div", { className: "overlay" }, this.#stack, label)
  }

  /** @param map [size, size] */
  show(map: Float32Array): void {
    this.#heat?.remove()
    this.#heat = heatCanvas(map, this.size)
    this.#heat.className = "heat"
    this.#stack.append(this.#heat)
    this.#fade()
  }

  #fade(): void {
    if (this.#heat) this.#heat.style.opacity = `${this.#slider.valueAsNumber / 100}`
  }
}
