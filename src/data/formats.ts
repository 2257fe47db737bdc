/**
 * The image formats that are read. To add one: a row here, and a file with its decoder.
 */
import { DICOM } from "./dicom/decoder.ts"
import { isDicom } from "./dicom/parse.ts"
import { raster } from "./raster.ts"

export interface ImageDecoder {
  /**
   * Gray values 0..255, [size, size] row by row: the image scaled with antialiasing, its longer
   * side filling the square, never stretched, centred on black.
   *
   * @throws with the reason where the image is cut short, damaged, too large or of a kind that is
   * not read
   */
  decode(bytes: Uint8Array, size: number): Promise<Uint8Array>
  /** What the header says, without decoding. @throws where it cannot be read */
  facts(bytes: Uint8Array): Promise<ImageFacts>
}

export interface ImageFacts {
  /** In pixels, as shown: after the EXIF orientation. */
  width: number
  height: number
  /** 1..100; null if the file is no JPEG. */
  jpegQuality: number | null
  /** What lies in it beside the image: EXIF, XMP, IPTC, ICC, text, comment, DICOM elements. */
  metadata: string[]
}

interface Kind {
  name: string
  /** Endings of file names, in small letters. */
  endings: readonly string[]
  /** Whether a file that begins so is of this kind; `HEAD` bytes are enough. */
  begins(head: Uint8Array): boolean
}

export interface ImageFormat extends Kind {
  decoder: ImageDecoder
}

/** Bytes of a file's beginning by which its format is known. */
export const HEAD = 256

const latin1 = (head: Uint8Array): string => Buffer.from(head.subarray(0, HEAD)).toString("latin1")
const begins = (pattern: RegExp) => (head: Uint8Array) => pattern.test(latin1(head))

/** Its header says its own length, 348, in either order of bytes. */
const isNifti = (head: Uint8Array): boolean => ["5c010000", "0000015c"].includes(Buffer.from(head.subarray(0, 4)).toString("hex")) // biome-ignore format: short

export const FORMATS: readonly ImageFormat[] = [
  { name: "PNG", endings: ["png"], begins: begins(/^\x89PNG/), decoder: raster("png") },
  { name: "JPEG", endings: ["jpg", "jpeg", "jpe", "jfif"], begins: begins(/^\xff\xd8/), decoder: raster("jpeg") },
  { name: "WebP", endings: ["webp"], begins: begins(/^RIFF.{4}WEBP/s), decoder: raster("webp") },
  { name: "TIFF", endings: ["tif", "tiff"], begins: begins(/^(II[*+]\0|MM\0[*+])/), decoder: raster("tiff") },
  { name: "GIF", endings: ["gif"], begins: begins(/^GIF8/), decoder: raster("gif") },
  { name: "DICOM", endings: ["dcm", "dicom"], begins: isDicom, decoder: DICOM },
]

interface OtherKind extends Kind {
  /** What such files hold is no film, if not a page with one. */
  isDrawing?: boolean
}

/** Known, and not read. */
const OTHERS: readonly OtherKind[] = [
  { name: "BMP", endings: ["bmp"], begins: begins(/^BM.{4}\0{4}/s) },
  { name: "SVG", endings: [], begins: begins(/^\s*(<\?xml[^>]*>\s*)?<svg/), isDrawing: true },
  { name: "PDF", endings: [], begins: begins(/^%PDF/), isDrawing: true },
  { name: "HEIF or AVIF", endings: ["heic", "heif", "avif"], begins: begins(/^.{4}ftyp/s) },
  { name: "JPEG 2000", endings: ["jp2", "j2k"], begins: begins(/^(.{4}jP {2}|\xff\x4f\xff\x51)/s) },
  { name: "JPEG XL", endings: ["jxl"], begins: begins(/^(\xff\n|.{4}JXL )/s) },
  { name: "PNM", endings: ["pgm", "ppm", "pbm", "pnm"], begins: begins(/^P[1-7]\s(#.*\s)?\s*(\d+\s+\d+|WIDTH)/) },
  { name: "PSD", endings: ["psd"], begins: begins(/^8BPS/) },
  { name: "NRRD", endings: ["nrrd"], begins: begins(/^NRRD/) },
  { name: "MetaImage", endings: ["mha", "mhd"], begins: begins(/^(ObjectType|NDims) *=/) },
  { name: "NIfTI", endings: ["nii", "nii.gz"], begins: isNifti },
]

/** "PNG, JPEG, WebP, TIFF, GIF or DICOM" */
export function formatNames(last = " or "): string {
  const names = FORMATS.map(({ name }) => name)
  return [names.slice(0, -1).join(", "), names.at(-1)].join(last)
}

/**
 * The format of a file by its first bytes. What comes before a DICOM file's own mark may look like
 * any other.
 */
export const formatOf = (bytes: Uint8Array): ImageFormat | undefined => FORMATS.findLast((row) => row.begins(bytes))

/** What a file is that begins like none of the formats. */
export const otherKindOf = (bytes: Uint8Array): string | undefined => OTHERS.find((row) => row.begins(bytes))?.name

/** Whether such a file, known by its first bytes, is a page or a drawing. */
export const isDrawing = (bytes: Uint8Array): boolean => OTHERS.find((row) => row.begins(bytes))?.isDrawing ?? false

const hasEnding = (file: string, { endings }: Kind): boolean =>
  endings.some((ending) => file.toLowerCase().endsWith(`.${ending}`))

export const hasReadableEnding = (file: string): boolean => FORMATS.some((row) => hasEnding(file, row))

/** The ending of an image that is known and not read, such as "bmp". */
export const otherEnding = (file: string): string | undefined =>
  OTHERS.flatMap(({ endings }) => endings).find((ending) => file.toLowerCase().endsWith(`.${ending}`))
