import sharp from "sharp"
import { tempFolder } from "./temp_folder.ts"

/** A folder with a different picture at each path. */
export async function pictures(files: string[], more: Record<string, string> = {}): Promise<string> {
  const content = await Promise.all(
    files.map(async (file, n) => {
      const pixels = Uint8Array.from({ length: 256 }, (_, i) => (i * (n + 3) * 37 + (i >> 4) * n * 11) % 251)
      return [
        file,
        await sharp(pixels, { raw: { width: 16, height: 16, channels: 1 } })
          .png()
          .toBuffer(),
      ] as const
    }),
  )
  return tempFolder({ ...Object.fromEntries(content), ...more })
}
