/** Width over height of image files, which the square that they are fitted into does not show. */
import { readFile } from "node:fs/promises"
import path from "node:path"
import sharp from "sharp"
import { openDicom } from "./dicom/decode.ts"
import { isDicom } from "./dicom/parse.ts"

/**
 * @param dir the data folder; undefined for drawn images, which are square
 * @param files as in a Dataset: all of them have been decoded before
 */
export async function aspectRatios(dir: string | undefined, files: readonly string[]): Promise<number[]> {
  if (dir === undefined) return files.map(() => 1)
  const ratios: number[] = []
  for (const file of files) {
    const { width, height } = await dimensions(path.join(dir, file))
    ratios.push(width / height)
  }
  return ratios
}

async function dimensions(file: string): Promise<{ width: number; height: number }> {
  const bytes = await readFile(file)
  if (isDicom(bytes)) return openDicom(bytes).header
  // Only the header is read.
  return (await sharp(bytes).metadata()).autoOrient
}
