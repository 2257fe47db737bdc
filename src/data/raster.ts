/** PNG, JPEG, WebP, TIFF and GIF, by sharp. */
import sharp, { type Metadata, type Sharp } from "sharp"
import type { ImageDecoder } from "./formats.ts"
import { fit16, stretch16 } from "./gray16.ts"
import { jpegHeader } from "./jpeg_header.ts"
import { letterbox } from "./letterbox.ts"
import { MAX_PIXELS, tooLarge } from "./limits.ts"
import { words } from "./samples16.ts"
import { largeImages } from "./turns.ts"

/** Images of more pixels than that are decoded one after another. */
const LARGE_PIXELS = 25e6

/** An image that is whole, and of a kind that is not read. */
class Unsupported extends Error {}

/** @param format its name, in small letters */
export const raster = (format: string): ImageDecoder => ({
  /**
   * - Colour becomes luminance, CMYK and embedded profiles through sRGB; transparency shows black;
   *   EXIF orientation is applied; of several pages or frames the first is taken.
   * - 16 bit: value / 257, unless the image's `grayRange` spans less than half of the 16-bit range,
   *   as 10 to 14-bit detector data in 16-bit words do; then that range becomes 0..255. It leaves
   *   out single marks.
   * - A TIFF that says "white is zero" is turned; any other inverted (MONOCHROME1) image looks like
   *   a normal one to its metadata and is left as it is.
   */
  async decode(bytes, size) {
    try {
      const image = sharp(bytes, { failOn: "error", limitInputPixels: MAX_PIXELS, autoOrient: true })
      const header = await image.metadata()
      const wide = bitsOf(header) === 16
      const large = tooLarge(header.width, header.height)
      if (large) throw new Unsupported(large)
      // Otherwise sharp has a JPEG decoded smaller and turns it afterwards, to other values than a
      // browser arrives at (fit.ts).
      image.extract({ left: 0, top: 0, ...header.autoOrient })
      if (header.width * header.height <= LARGE_PIXELS) return await pixelsOf(image, wide, size)
      return await largeImages.take(() => pixelsOf(image, wide, size))
    } catch (error) {
      if (error instanceof Unsupported) throw error
      throw new Error(reason(format, (error as Error).message), { cause: error })
    }
  },

  async facts(bytes) {
    const header = await sharp(bytes, { limitInputPixels: false }).metadata()
    const { autoOrient, exif, xmp, iptc, icc, comments } = header
    const jpeg = format === "jpeg" ? jpegHeader(bytes) : undefined
    const lies = {
      EXIF: exif,
      XMP: xmp,
      IPTC: iptc,
      "ICC profile": icc,
      text: comments?.length,
      comment: jpeg?.comment,
    }
    const metadata = Object.entries(lies).flatMap(([name, there]) => (there ? [name] : []))
    return { ...autoOrient, jpegQuality: jpeg?.quality ?? null, metadata }
  },
})

async function pixelsOf(image: Sharp, wide: boolean, size: number): Promise<Uint8Array> {
  image.flatten({ background: "#000" })
  if (wide) {
    image.toColourspace("grey16").raw({ depth: "ushort" })
    const { data, info } = await image.toBuffer({ resolveWithObject: true })
    return fit16({ width: info.width, height: info.height, gray: stretch16(words(data)) }, size)
  }
  image.resize(size, size, { fit: "inside" }).greyscale().toColourspace("b-w").raw({ depth: "uchar" })
  const { data, info } = await image.toBuffer({ resolveWithObject: true })
  return letterbox({ pixels: data, width: info.width, height: info.height }, size)
}

/** Of a sample. @throws where they are of another kind */
function bitsOf({ depth }: Metadata): 8 | 16 {
  if (depth === "uchar") return 8
  if (depth === "ushort") return 16
  throw new Unsupported(`samples of type ${depth} are not supported: save it with 8 or 16 bits per sample`)
}

/** The decoder's message in the words of someone who has the file and not the decoder's source. */
function reason(format: string, message: string): string {
  if (/exceeds pixel limit/.test(message)) return `more than ${MAX_PIXELS / 1e6} megapixels: scale it down first`
  return `truncated or damaged ${format} file (${message.trim().split("\n")[0]})`
}
