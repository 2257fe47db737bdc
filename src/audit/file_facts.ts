import sharp from "sharp"
import { jpegHeader } from "./jpeg_segments.ts"

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
  /** What lies in it beside the image: EXIF, XMP, IPTC, ICC, text, comment. */
  metadata: string[]
}

/** @throws where the header cannot be read */
export async function fileFacts(bytes: Uint8Array): Promise<FileFacts> {
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
