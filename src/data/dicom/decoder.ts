/** DICOM files as one of the formats. */
import sharp from "sharp"
import type { ImageDecoder } from "../formats.ts"
import { letterbox } from "../letterbox.ts"
import { MAX_PIXELS } from "../limits.ts"
import { largeImages } from "../turns.ts"
import { narrowed } from "../words.ts"
import { openDicom } from "./decode.ts"

export const DICOM: ImageDecoder = {
  /** One after another, as a small file may inflate to a hundred times its size. */
  decode: (bytes, size) =>
    largeImages.take(async () => {
      const { width, height, gray } = await openDicom(bytes).decode()
      const image = sharp(gray, { raw: { width, height, channels: 1 }, limitInputPixels: MAX_PIXELS })
      image.toColourspace("grey16").resize(size, size, { fit: "inside" }).raw({ depth: "ushort" })
      const { data, info } = await image.toBuffer({ resolveWithObject: true })
      return letterbox({ pixels: narrowed(data), width: info.width, height: info.height }, size)
    }),

  /** Of its elements only that there are some: any may name the patient. */
  async facts(bytes) {
    const { width, height } = openDicom(bytes).header
    return { width, height, jpegQuality: null, metadata: ["DICOM elements"] }
  },
}
