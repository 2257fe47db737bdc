import { ImageError, ownReason, readImage } from "../data/read_image.ts"

interface ReadImages {
  /** Those that could be decoded. */
  files: string[]
  /** Gray values 0..255, [N, size, size]. */
  pixels: Uint8Array
  failed: { file: string; reason: string }[]
}

/** Image files as a network wants them; what cannot be read is told, not thrown. */
export async function readImages(paths: readonly string[], size: number): Promise<ReadImages> {
  const files: string[] = []
  const images: Uint8Array[] = []
  const failed: ReadImages["failed"] = []
  for (const file of paths) {
    try {
      const { pixels, own } = await readImage(file, size)
      if (own) {
        failed.push({ file, reason: ownReason(own) })
        continue
      }
      images.push(pixels)
      files.push(file)
    } catch (error) {
      if (!(error instanceof ImageError)) throw error
      failed.push({ file, reason: error.reason })
    }
  }
  const pixels = new Uint8Array(images.length * size * size)
  for (const [i, image] of images.entries()) pixels.set(image, i * size * size)
  return { files, pixels, failed }
}
