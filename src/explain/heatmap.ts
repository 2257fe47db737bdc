/** An image with a map laid over it: the higher, the brighter and the less transparent. */
import sharp from "sharp"
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
}

/**
 * @param pixels gray values 0..255, [size, size]
 * @param map [size, size]; what is not above 0 leaves the image as it is
 * @returns a PNG in colour, the image enlarged by a whole number to 400 pixels or more
 */
export async function heatmap(
  pixels: Uint8Array,
  map: Float32Array,
  size: number,
  { top = map.reduce((a, b) => Math.max(a, b)) }: HeatmapOptions = {},
): Promise<Uint8Array> {
  const colours = new Uint8Array(4 * map.length)
  for (const [i, value] of map.entries()) {
    const part = top > 0 ? Math.min(1, Math.max(0, value / top)) : 0
    colours.set([...plasma(part), 255 * OPACITY * part].map(Math.round), 4 * i)
  }
  const side = size * Math.ceil(WIDTH / size)
  const enlarged = (data: Uint8Array, channels: 1 | 4) =>
    sharp(data, { raw: { width: size, height: size, channels } }).resize(side, side, { kernel: "cubic" })
  const heat = await enlarged(colours, 4).png().toBuffer()
  const image = await enlarged(pixels, 1).toColourspace("srgb").png().toBuffer()
  const png = await sharp(image)
    .composite([{ input: heat }])
    .removeAlpha()
    .png()
    .toBuffer()
  return stampPng(png, "heatmap")
}
