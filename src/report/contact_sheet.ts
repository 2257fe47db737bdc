import sharp from "sharp"
import { BACKGROUND, GAP, stampPng } from "../data/own_images.ts"

/** Gray values 0..1 as bytes. */
export const graysOf = (values: ArrayLike<number>): Uint8Array =>
  Uint8Array.from(values, (value) => Math.round(255 * Math.min(1, Math.max(0, value))))

/**
 * Images side by side, row by row from the top left.
 *
 * @param images gray values 0..255, each [size, size]
 * @param columns images a row; as square as may be unless given
 * @returns a gray PNG
 */
export async function contactSheet(
  images: readonly Uint8Array[],
  size: number,
  columns = Math.ceil(Math.sqrt(images.length)),
): Promise<Uint8Array> {
  const rows = Math.ceil(images.length / columns)
  const width = columns * (size + GAP) + GAP
  const height = rows * (size + GAP) + GAP
  const sheet = new Uint8Array(width * height).fill(BACKGROUND)
  for (const [k, image] of images.entries()) {
    const left = GAP + (k % columns) * (size + GAP)
    const top = GAP + Math.floor(k / columns) * (size + GAP)
    for (let y = 0; y < size; y++) sheet.set(image.subarray(y * size, (y + 1) * size), (top + y) * width + left)
  }
  const png = await sharp(sheet, { raw: { width, height, channels: 1 } })
    .toColourspace("b-w")
    .png()
    .toBuffer()
  return stampPng(png, "contact sheet")
}
