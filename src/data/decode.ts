import sharp, { type Metadata, type Sharp } from "sharp"
import { openDicom } from "./dicom/decode.ts"
import { isDicom } from "./dicom/parse.ts"
import { fit16, stretch16, words } from "./gray16.ts"
import { letterbox } from "./letterbox.ts"
import { MAX_PIXELS, tooLarge } from "./limits.ts"
import { Turns } from "./turns.ts"

/** Part of each cache key: raise it whenever the same file would give other pixels than before. */
export const DECODER = `cnn4-vips${sharp.versions.vips}`

/** Images of more pixels than that are decoded one after another, so that a folder of them takes no more than one does. */
const LARGE_PIXELS = 25e6
const oneByOne = new Turns()

/** An image that is whole, and of a kind that is not read. */
class Unsupported extends Error {}

const FORMATS = ["png", "jpeg", "webp", "tiff", "gif"]

/**
 * The image in `bytes` as gray values 0..255, [size, size] row by row: scaled with antialiasing so that its longer
 * side fills the square, never stretched, centred on black.
 *
 * - Colour becomes luminance, CMYK and embedded profiles through sRGB; transparency shows black; EXIF orientation is
 *   applied; of several pages or frames the first is taken.
 * - 16 bit: value / 257, unless the image's `grayRange` spans less than half of the 16-bit range, as 10 to 14-bit
 *   detector data in 16-bit words do; then that range becomes 0..255. It leaves out single marks.
 * - A TIFF that says "white is zero" is turned; any other inverted (MONOCHROME1) image looks like a normal one to
 *   its metadata and is left as it is.
 *
 * - DICOM: see `grayValues`.
 *
 * Throws an Error with the reason if the file is empty, no image, truncated, damaged, over 100 megapixels or 65,535 pixels on a side, or has
 * other than 8 or 16-bit samples.
 */
export async function decodeImage(bytes: Uint8Array, size: number): Promise<Uint8Array> {
  if (bytes.length === 0) throw new Error("the file is empty")
  if (isDicom(bytes)) return decodeDicom(bytes, size)
  try {
    const image = sharp(bytes, { failOn: "error", limitInputPixels: MAX_PIXELS, autoOrient: true })
    const header = await image.metadata()
    const wide = bitsOf(header) === 16
    const large = tooLarge(header.width, header.height)
    if (large) throw new Unsupported(large)
    // Otherwise sharp has a JPEG decoded smaller and turns it afterwards, to other values than a browser arrives at (fit.ts).
    image.extract({ left: 0, top: 0, ...header.autoOrient })
    if (header.width * header.height <= LARGE_PIXELS) return await pixelsOf(image, wide, size)
    return await oneByOne.take(() => pixelsOf(image, wide, size))
  } catch (error) {
    if (error instanceof Unsupported) throw error
    throw new Error(reason(bytes, (error as Error).message), { cause: error })
  }
}

/** One after another, as a small file may inflate to a hundred times its size. */
const decodeDicom = (bytes: Uint8Array, size: number): Promise<Uint8Array> =>
  oneByOne.take(async () => fit16(await openDicom(bytes).decode(), size))

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
function bitsOf({ format, depth }: Metadata): 8 | 16 {
  if (!FORMATS.includes(format)) throw new Error("unsupported image format")
  if (depth === "uchar") return 8
  if (depth === "ushort") return 16
  throw new Unsupported(`samples of type ${depth} are not supported: save it with 8 or 16 bits a sample`)
}

/** The decoder's message in the words of someone who has the file and not the decoder's source. */
function reason(bytes: Uint8Array, message: string): string {
  if (/exceeds pixel limit/.test(message)) return `more than ${MAX_PIXELS / 1e6} megapixels: scale it down first`
  const detail = message.trim().split("\n")[0]
  const kind = sniff(bytes)
  if (kind !== undefined && FORMATS.includes(kind)) return `truncated or damaged ${kind} file (${detail})`
  if (kind !== undefined) return `is a ${kind} file, whatever its name says: convert it to PNG`
  return "not an image: its content is none of PNG, JPEG, WebP, TIFF, GIF, DICOM"
}

/** What the first bytes claim to be. */
function sniff(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes.subarray(0, 256)).toString("latin1")
  if (text.startsWith("\x89PNG")) return "png"
  if (text.startsWith("\xff\xd8\xff")) return "jpeg"
  if (text.startsWith("RIFF") && text.startsWith("WEBP", 8)) return "webp"
  if (/^(II[*+]\0|MM\0[*+])/.test(text)) return "tiff"
  if (text.startsWith("GIF8")) return "gif"
  if (text.startsWith("BM")) return "BMP"
  if (/^\s*(<\?xml[^>]*>\s*)?<svg/.test(text)) return "SVG"
  if (text.startsWith("%PDF")) return "PDF"
  if (/^....ftyp/s.test(text)) return "HEIF or AVIF"
  return undefined
}
