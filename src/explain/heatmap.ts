/** An image with a map laid over it: the higher, the brighter and the less transparent. */
import sharp, { type Sharp } from "sharp"
import { stampPng } from "../data/own_images.ts"
import { plasma } from "../data/plasma.ts"

/** Opacity of the highest value; the image stays visible under it. */
const OPACITY = 0.75

/** Pixels that a heatmap is wide at least. */
const WIDTH = 400

export interface HeatmapOptions {
  /**
   * The value that gets the last colour; the map's own highest unless given. At or below 0 nothing
   * is coloured.
   */
  top?: number
  /** Width in pixels; a whole multiple of the image's, 400 or more, unless given. */
  side?: number
}

/**
 * Draws a heatmap as a PNG; see `overlay` for the arguments.
 *
 * @returns a PNG in colour, marked as drawn by this program
 */
export async function heatmap(...image: Parameters<typeof overlay>): Promise<Uint8Array> {
  return stampPng(await (await overlay(...image)).png().toBuffer(), "heatmap")
}

/**
 * Lays a map over an image, for any format.
 *
 * @param pixels gray values 0..255, [size, size]
 * @param map [size, size]; what is not above 0 leaves the image as it is
 * @returns the image in colour, enlarged to `side`
 */
export async function overlay(
  pixels: Uint8Array,
  map: Float32Array,
  size: number,
  { top = map.reduce((a, b) => Math.max(a, b)), side = size * Math.ceil(WIDTH / size) }: HeatmapOptions = {},
): Promise<Sharp> {
  const colours = new Uint8Array(4 * map.length)
  for (const [i, value] of map.entries()) {
    const part = top > 0 ? Math.min(1, Math.max(0, value / top)) : 0
    colours.set([...plasma(part), 255 * OPACITY * part].map(Math.round), 4 * i)
  }
  const enlarged = (data: Uint8Array, channels: 1 | 4) =>
    sharp(data, { raw: { width: size, height: size, channels } }).resize(side, side, { kernel: "cubic" })
  const raw = { width: side, height: side }
  const heat = await enlarged(colours, 4).raw().toBuffer()
  const image = await enlarged(pixels, 1).toColourspace("srgb").raw().toBuffer()
  return sharp(image, { raw: { ...raw, channels: 3 } })
    .composite([{ input: heat, raw: { ...raw, channels: 4 } }])
    .removeAlpha()
}
