import sharp from "sharp"
import { openDicom } from "../data/dicom/decode.ts"
import { isDicom } from "../data/dicom/parse.ts"
import { jpegHeader } from "./jpeg_header.ts"

/** What can be said of a file without looking at its picture. */
export interface FileFacts {
  /** Length in bytes. */
  bytes: number
  format: string
  /** In pixels, as shown: after the EXIF orientation. */
  width: number
  height: number
  /** 1..100; null where the file is no JPEG. */
  jpegQuality: number | null
  /** What lies in it beside the image: EXIF, XMP, IPTC, ICC, text, comment, DICOM elements. */
  metadata: string[]
}

/** @throws where the header cannot be read */
export async function fileFacts(bytes: Uint8Array): Promise<FileFacts> {
  if (isDicom(bytes)) return dicomFacts(bytes)
  const info = await sharp(bytes, { limitInputPixels: false }).metadata()
  const jpeg = info.format === "jpeg" ? jpegHeader(bytes) : undefined
  const turned = (info.orientation ?? 1) >= 5
  return {
    bytes: bytes.length,
    format: info.format,
    width: turned ? info.height : info.width,
    height: turned ? info.width : info.height,
    jpegQuality: jpeg?.quality ?? null,
    metadata: [
      ...(info.exif ? ["EXIF"] : []),
      ...(info.xmp ? ["XMP"] : []),
      ...(info.iptc ? ["IPTC"] : []),
      ...(info.icc ? ["ICC profile"] : []),
      ...(info.comments?.length ? ["text"] : []),
      ...(jpeg?.comment ? ["comment"] : []),
    ],
  }
}

/** Of its elements only that there are some: any may name the patient. */
function dicomFacts(bytes: Uint8Array): FileFacts {
  const { width, height } = openDicom(bytes).header
  return { bytes: bytes.length, format: "dicom", width, height, jpegQuality: null, metadata: ["DICOM elements"] }
}
