/** What a DICOM file says of its picture, checked: PS3.3, C.7.6.3 (image pixel) and C.11 (look-up tables). */
import type { DataSet } from "dicom-parser"
import { tooLarge } from "../limits.ts"
import { DicomError, type Parsed } from "./parse.ts"
import { isReadable, type Syntax, syntaxOf } from "./syntaxes.ts"

export interface DicomHeader {
  syntax: Syntax
  width: number
  height: number
  bitsAllocated: 8 | 16
  /** From the lowest bit on; others of the word are no part of the value. */
  bitsStored: number
  signed: boolean
  /** MONOCHROME1: the lowest value is white. */
  inverted: boolean
  slope: number
  intercept: number
  window?: Window
  /** Stored values from ... to ... that stand for no picture. */
  padding?: [number, number]
}

export interface Window {
  centre: number
  width: number
  /** PS3.3, C.11.2.1.2 and C.11.2.1.3. */
  shape: "LINEAR" | "LINEAR_EXACT" | "SIGMOID"
}

const WANT = "save it as one grayscale picture, or convert it to PNG"

/** @throws DicomError where it is not one grayscale picture of 8 to 16 bits in a syntax that can be read */
export function readHeader({ data, syntax: uid }: Parsed): DicomHeader {
  const syntax = syntaxOf(uid)
  if (!data.elements.x7fe00010) throw new DicomError("DICOM file without a picture")
  if (!isReadable(syntax))
    throw new DicomError(`DICOM file in the transfer syntax ${syntax.name}, which is not read: convert it`)
  const frames = Number(data.string("x00280008") ?? "1")
  if (frames !== 1) throw new DicomError(`DICOM file of several frames: ${WANT}`)
  const inverted = isInverted(data)
  const [height, width] = [data.uint16("x00280010") ?? 0, data.uint16("x00280011") ?? 0]
  if (width === 0 || height === 0) throw new DicomError("damaged DICOM file (it does not say how large its picture is)")
  const large = tooLarge(width, height)
  if (large) throw new DicomError(large)
  const signed = data.uint16("x00280103") === 1
  const { bitsAllocated, bitsStored } = depth(data)
  return {
    ...{ syntax, width, height, bitsAllocated, bitsStored, signed, inverted },
    slope: decimal(data, "x00281053") ?? 1,
    intercept: decimal(data, "x00281052") ?? 0,
    ...windowOf(data),
    ...paddingOf(data, signed),
  }
}

/** Whether the lowest value is white. @throws where values are no shades of gray */
function isInverted(data: DataSet): boolean {
  const samples = data.uint16("x00280002") ?? 1
  const kind = data.string("x00280004")
  if (samples === 1 && kind === "MONOCHROME1") return true
  if (samples === 1 && kind === "MONOCHROME2") return false
  throw new DicomError(`DICOM file that is not MONOCHROME1 or MONOCHROME2 with one sample a pixel (colour?): ${WANT}`)
}

function depth(data: DataSet): Pick<DicomHeader, "bitsAllocated" | "bitsStored"> {
  const bitsAllocated = data.uint16("x00280100") ?? 0
  const bitsStored = data.uint16("x00280101") ?? bitsAllocated
  const high = data.uint16("x00280102") ?? bitsStored - 1
  if (bitsAllocated !== 8 && bitsAllocated !== 16)
    throw new DicomError(`DICOM file with ${bitsAllocated} bits allocated a pixel; 8 and 16 can be read`)
  if (bitsStored < 1 || bitsStored > bitsAllocated || high !== bitsStored - 1)
    throw new DicomError(
      `DICOM file with bits stored ${bitsStored} of ${bitsAllocated}, highest bit ${high}: that is not read, convert it to PNG`,
    )
  return { bitsAllocated, bitsStored }
}

/** The first of several windows; none where it makes no sense. */
function windowOf(data: DataSet): Pick<DicomHeader, "window"> {
  const [centre, width] = [decimal(data, "x00281050"), decimal(data, "x00281051")]
  if (centre === undefined || width === undefined) return {}
  const said = data.string("x00281056") ?? "LINEAR"
  const shape = said === "SIGMOID" || said === "LINEAR_EXACT" ? said : "LINEAR"
  const valid = shape === "LINEAR" ? width >= 1 : width > 0
  return valid ? { window: { centre, width, shape } } : {}
}

/** The first of the numbers in a text; undefined where there is none. */
function decimal(data: DataSet, tag: string): number | undefined {
  const text = data.string(tag, 0)?.trim() ?? ""
  if (text === "") return undefined
  const value = Number(text)
  if (Number.isFinite(value)) return value
  throw new DicomError("damaged DICOM file (a number of its rescaling or window is none)")
}

function paddingOf(data: DataSet, signed: boolean): Pick<DicomHeader, "padding"> {
  const read = (tag: string) => (signed ? data.int16(tag) : data.uint16(tag))
  const one = read("x00280120")
  if (one === undefined) return {}
  const other = read("x00280121") ?? one
  return { padding: [Math.min(one, other), Math.max(one, other)] }
}
