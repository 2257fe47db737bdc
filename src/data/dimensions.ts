/** Width over height of image files, which the square that they are fitted into does not show. */
import path from "node:path"
import { fileFacts, readImageFile } from "./read_image.ts"

/**
 * @param dir the data folder; undefined for drawn images, which are square
 * @param files as in a Dataset: all of them have been decoded before
 */
export async function aspectRatios(dir: string | undefined, files: readonly string[]): Promise<number[]> {
  if (dir === undefined) return files.map(() => 1)
  const ratios: number[] = []
  for (const file of files) {
    const { width, height } = await fileFacts(await readImageFile(path.join(dir, file)))
    ratios.push(width / height)
  }
  return ratios
}
