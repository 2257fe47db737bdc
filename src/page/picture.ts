/** Pixels and maps on canvases. */
import { plasma } from "../data/plasma.ts"
import { el } from "./dom.ts"

/** Gray values 0..255, [height, width], as a canvas of as many pixels. */
export function grayCanvas(pixels: ArrayLike<number>, width: number, height: number, label: string): HTMLCanvasElement {
  const canvas = el("canvas", { width, height, attributes: { role: "img", "aria-label": label } })
  drawGray(canvas, pixels)
  return canvas
}

/** Draws gray values over a canvas of their size. */
export function drawGray(canvas: HTMLCanvasElement, pixels: ArrayLike<number>): void {
  const image = new ImageData(canvas.width, canvas.height)
  for (let i = 0; i < pixels.length; i++) {
    image.data.fill(pixels[i], 4 * i, 4 * i + 3)
    image.data[4 * i + 3] = 255
  }
  canvas.getContext("2d")!.putImageData(image, 0, 0)
}

/**
 * A map [size, size] in colours, the less the more transparent; what is not above 0 is not seen.
 *
 * @param highest the value that gets the colour of `strength`, 0..1
 */
export function heatCanvas(map: Float32Array, size: number, highest: number, strength: number): HTMLCanvasElement {
  const canvas = el("canvas", { width: size, height: size, attributes: { "aria-hidden": "true" } })
  const image = new ImageData(size, size)
  for (const [i, value] of map.entries()) {
    const part = highest > 0 ? (strength * Math.max(0, value)) / highest : 0
    image.data.set([...plasma(part), 255 * part].map(Math.round), 4 * i)
  }
  canvas.getContext("2d")!.putImageData(image, 0, 0)
  return canvas
}
