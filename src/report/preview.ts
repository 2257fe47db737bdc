import { readFile } from "node:fs/promises"
import sharp from "sharp"
import { decodeImage } from "../data/decode.ts"

/** Width and height in pixels. */
const SIDE = 200

/** The image as training sees it, small, as a data URI. */
export async function preview(file: string): Promise<string> {
  const pixels = await decodeImage(await readFile(file), SIDE)
  const webp = await sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 1 } })
    .webp({ quality: 80 })
    .toBuffer()
  return `data:image/webp;base64,${webp.toString("base64")}`
}
