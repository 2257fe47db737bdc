import sharp from "sharp"
import { blankReason, mayBeBlank } from "./blank.ts"
import { isDicom } from "./dicom/parse.ts"
import { fileFacts, readImageFile } from "./read_image.ts"
import { unusual } from "./unusual.ts"

/** Side of the copy that is looked at for colours. */
const SMALL = 64

/**
 * Why a prediction of an image file is worth little: nothing is to be seen in it, as training names
 * it, or it is no usual film; undefined if there is no reason.
 *
 * @param pixels the file's gray values [size, size], letterboxed
 */
export async function fileWarning(file: string, pixels: Uint8Array, size: number): Promise<string | undefined> {
  const bytes = await readImageFile(file)
  const { width, height } = await fileFacts(bytes)
  const blank = mayBeBlank(pixels) ? blankReason(pixels, size, width / height) : undefined
  if (blank) return blank
  const found = unusual({ pixels, size, width, height, colour: await colourOf(bytes) })
  return found.length > 0 ? found.join(", ") : undefined
}

async function colourOf(bytes: Uint8Array): Promise<number> {
  if (isDicom(bytes)) return 0
  const image = sharp(bytes)
  if ((await image.metadata()).channels < 3) return 0
  const data = await image.resize(SMALL, SMALL, { fit: "inside" }).toColourspace("srgb").flatten().raw().toBuffer()
  let sum = 0
  for (let i = 0; i < data.length; i += 3) {
    const rgb = data.subarray(i, i + 3)
    sum += Math.max(...rgb) - Math.min(...rgb)
  }
  return sum / (data.length / 3)
}
