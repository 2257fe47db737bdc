/**
 * An image under a map of what speaks for a class, with the map's scale and a slider for its
 * opacity.
 */
import { plasma } from "../data/plasma.ts"
import { el, fill } from "./dom.ts"
import { grayCanvas, heatCanvas } from "./picture.ts"
import { percent, shortly } from "./wording.ts"

const OPACITY = 60

export interface Evidence {
  /** [size, size] */
  map: Float32Array
  /** The class that it speaks for, for people. */
  label: string
  /**
   * The network's probability of that class, 0..1: it bounds the colours. Scaled to its own highest
   * value, a map would glow as brightly without any evidence.
   */
  probability: number
}

export class Overlay {
  readonly element: HTMLElement
  readonly #stack: HTMLElement
  readonly #slider: HTMLInputElement
  readonly #scale = el("figcaption", { className: "scale soft" })
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
    this.element = el("figure", { className: "overlay" }, this.#stack, this.#scale, label)
  }

  show({ map, label, probability }: Evidence): void {
    const highest = map.reduce((a, b) => Math.max(a, b), 0)
    this.#heat?.remove()
    this.#heat = heatCanvas(map, this.size, highest, probability)
    this.#heat.className = "heat"
    this.#stack.append(this.#heat)
    this.#fade()
    const words =
      highest > 0
        ? `Evidence for ${label}, as bright as its probability of ${percent(probability)}\u00a0%`
        : `No evidence for ${label}`
    const scale = highest > 0 && el("div", {}, "0 ", bar(probability), ` ${shortly(highest)}`)
    fill(this.#scale, words, scale)
  }

  #fade(): void {
    if (this.#heat) this.#heat.style.opacity = `${this.#slider.valueAsNumber / 100}`
  }
}

/** The colours from 0 to the map's highest value. */
function bar(strength: number): HTMLCanvasElement {
  const width = 64
  const canvas = el("canvas", { width, height: 1, attributes: { "aria-hidden": "true" } })
  const image = new ImageData(width, 1)
  for (let i = 0; i < width; i++) {
    const part = (strength * i) / (width - 1)
    image.data.set([...plasma(part), 255 * part].map(Math.round), 4 * i)
  }
  canvas.getContext("2d")!.putImageData(image, 0, 0)
  return canvas
}
