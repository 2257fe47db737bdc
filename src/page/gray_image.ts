/** An image file as a network wants it, decoded by the browser. */
import { blankReason, mayBeBlank } from "../data/blank.ts"
import { fitSquare } from "../data/fit.ts"
import type { GrayImage } from "../data/letterbox.ts"
import { tooLarge } from "../data/limits.ts"
import { luminance } from "../data/luminance.ts"
import { unusual } from "../data/unusual.ts"
import { headOf, type ImageHead } from "./image_head.ts"

const ASK = "ask `npx cnn predict`"

/**
 * Gray values 0..255, [size, size], as `decodeImage` makes them in Node.
 *
 * @throws where the browser cannot decode it, with the reason and what to do
 */
export const grayImage = async (file: Blob, size: number): Promise<Uint8Array> => (await film(file, size)).pixels

/** The same, and what is unusual about it, as `cnn predict` says it. */
export async function film(file: Blob, size: number): Promise<{ pixels: Uint8Array; warnings: string[] }> {
  const head = await headOf(file)
  const bitmap = await decoded(file, head)
  try {
    const large = tooLarge(bitmap.width, bitmap.height)
    if (large) throw new Error(large)
    const { gray, colour } = grayOf(bitmap)
    const pixels = fitSquare(gray, size)
    const { width, height } = bitmap
    const blank = mayBeBlank(pixels) ? blankReason(pixels, size, width / height) : undefined
    return { pixels, warnings: blank ? [blank] : unusual({ pixels, size, width, height, colour }) }
  } finally {
    bitmap.close()
  }
}

async function decoded(file: Blob, { known, isTiff, profiled, sixteenBit, cmyk }: ImageHead): Promise<ImageBitmap> {
  if (file.size === 0) throw new Error("the file is empty")
  if (isTiff) throw new Error(`a TIFF file, which no browser decodes alike: save it as PNG, or ${ASK}, which reads it`)
  if (!known) throw new Error(`no PNG, JPEG, WebP or GIF: save it as one, or ${ASK}, which also reads DICOM`)
  if (sixteenBit) throw new Error(`16 bits a pixel, of which a browser shows 8: save it with 8 bits, or ${ASK}`)
  if (cmyk) throw new Error(`CMYK, which browsers convert differently: save it as RGB, or ${ASK}`)
  try {
    return await createImageBitmap(file, {
      premultiplyAlpha: "premultiply",
      imageOrientation: "from-image",
      // As libvips does: only an embedded profile changes gray values, a PNG's gamma does not.
      colorSpaceConversion: profiled ? "default" : "none",
    })
  } catch (error) {
    throw new Error(`this browser cannot decode it: save it as PNG or JPEG, or ${ASK}`, { cause: error })
  }
}

/** On black, where the image is transparent. */
function grayOf(bitmap: ImageBitmap): { gray: GrayImage; colour: number } {
  const { width, height } = bitmap
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext("2d", { willReadFrequently: true, colorSpace: "srgb" })!
  context.fillRect(0, 0, width, height)
  context.drawImage(bitmap, 0, 0)
  const { data } = context.getImageData(0, 0, width, height)
  const pixels = new Uint8Array(width * height)
  let colour = 0
  for (let i = 0; i < pixels.length; i++) {
    const [red, green, blue] = [data[4 * i], data[4 * i + 1], data[4 * i + 2]]
    pixels[i] = luminance(red, green, blue)
    colour += (Math.max(red, green, blue) - Math.min(red, green, blue)) / pixels.length
  }
  return { gray: { pixels, width, height }, colour }
}
