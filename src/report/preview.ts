import sharp from "sharp"
import { readImage } from "../data/read_image.ts"

/** Width and height in pixels. */
const SIDE = 200

/** The image as training sees it, small, as a data URI. */
export async function preview(file: string): Promise<string> {
  const { pixels } = await readImage(file, SIDE)
  const webp = await sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 1 } })
    .webp({ quality: 80 })
    .toBuffer()
  return `data:image/webp;base64,${webp.toString("base64")}`
}
