/** DICOM files as one of the formats. */
import type { ImageDecoder } from "../formats.ts"
import { fit16 } from "../gray16.ts"
import { largeImages } from "../turns.ts"
import { openDicom } from "./decode.ts"

export const DICOM: ImageDecoder = {
  /** One after another, as a small file may inflate to a hundred times its size. */
  decode: (bytes, size) => largeImages.take(async () => fit16(await openDicom(bytes).decode(), size)),

  /** Of its elements only that there are some: any may name the patient. */
  async facts(bytes) {
    const { width, height } = openDicom(bytes).header
    return { width, height, jpegQuality: null, metadata: ["DICOM elements"] }
  },
}
