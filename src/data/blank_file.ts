import { blankReason, mayBeBlank } from "./blank.ts"
import { aspectRatios } from "./dimensions.ts"

/**
 * Why there is nothing to be seen in an image file, as training names it; undefined if there is.
 *
 * @param pixels the file's gray values [size, size], letterboxed
 */
export async function blankFile(file: string, pixels: Uint8Array, size: number): Promise<string | undefined> {
  if (!mayBeBlank(pixels)) return undefined
  const [ratio] = await aspectRatios("", [file])
  return blankReason(pixels, size, ratio)
}
