/** An image file as a network wants it, decoded by the browser. */
import { fitSquare } from "../data/fit.ts"
import type { GrayImage } from "../data/letterbox.ts"
import { tooLarge } from "../data/limits.ts"
import { luminance } from "../data/luminance.ts"
import { headOf, type ImageHead } from "./image_head.ts"

const ASK = "ask `npx cnn predict`"

/**
 * Gray values 0..255, [size, size], as `decodeImage` makes them in Node.
 *
 * @throws where the browser cannot decode it, with the reason and what to do
 */
export async function grayImage(file: Blob, size: number): Promise<Uint8Array> {
  const head = await headOf(file)
  const bitmap = await decoded(file, head)
  try {
    const large = tooLarge(bitmap.width, bitmap.height)
    if (large) throw new Error(large)
    return fitSquare(grayOf(bitmap), size)
  } finally {
    bitmap.close()
  }
}

async function decoded(file: Blob, { known, profiled, sixteenBit, cmyk }: ImageHead): Promise<ImageBitmap> {
  if (file.size === 0) throw new Error("the file is empty")
  if (!known) throw new Error(`no PNG, JPEG, WebP or GIF: save it as one, or ${ASK}, which also reads TIFF and DICOM`)
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
function grayOf(bitmap: ImageBitmap): GrayImage {
  const { width, height } = bitmap
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext("2d", { willReadFrequently: true, colorSpace: "srgb" })!
  context.fillRect(0, 0, width, height)
  context.drawImage(bitmap, 0, 0)
  const { data } = context.getImageData(0, 0, width, height)
  const pixels = new Uint8Array(width * height)
  for (let i = 0; i < pixels.length; i++) pixels[i] = luminance(data[4 * i], data[4 * i + 1], data[4 * i + 2])
  return { pixels, width, height }
}
