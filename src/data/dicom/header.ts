/**
 * What a DICOM file says of its picture, checked: PS3.3, C.7.6.3 (image pixel) and C.11 (look-up
 * tables).
 */
import type { DataSet } from "dicom-parser"
import { tooLarge } from "../limits.ts"
import { itemsOf, type LookupTable, readTable, tableIfAny, tableOf } from "./lookup_table.ts"
import { DicomError, type Parsed } from "./parse.ts"
import { isReadable, type Syntax, syntaxOf } from "./syntaxes.ts"

/** How three samples make a colour; PS3.3, C.7.6.3.1.2. */
export type ColourModel = "rgb" | "ybr" | "ybr-422"

export interface DicomHeader {
  syntax: Syntax
  /** As the elements are written, whatever the syntax is called. */
  bigEndian: boolean
  width: number
  height: number
  /** Where a pixel has three samples. Pictures without colour are read. */
  colour?: ColourModel
  /** All samples of one colour come before those of the next. */
  planar: boolean
  bitsAllocated: 8 | 16
  /** Others of the word are no part of the value. */
  bitsStored: number
  /** Bits of the word below those stored. */
  shift: number
  signed: boolean
  /**
   * The lowest value is white: MONOCHROME1, or a Presentation LUT Shape of INVERSE, which says the
   * same.
   */
  inverted: boolean
  modality: Rescale | LookupTable
  voi?: Window | LookupTable
  /** Stored values from ... to ... that stand for no picture. */
  padding?: [number, number]
}

export interface Rescale {
  slope: number
  intercept: number
}

export interface Window {
  centre: number
  width: number
  /** PS3.3, C.11.2.1.2 and C.11.2.1.3. */
  shape: "LINEAR" | "LINEAR_EXACT" | "SIGMOID"
}

export const isTable = (map: Rescale | Window | LookupTable): map is LookupTable => "entries" in map

const WANT = "save it as one grayscale picture, or convert it to PNG"

/** Why a picture in colour is not read. */
export const inColour = (what: string): DicomError => new DicomError(`DICOM file in colour (${what}): ${WANT}`)

/** @throws DicomError where it is not one picture of 8 to 16 bits in a syntax that can be read */
export function readHeader({ data, syntax: uid, isGuessed, bigEndian }: Parsed): DicomHeader {
  const syntax = syntaxOf(uid)
  const pixels = data.elements.x7fe00010
  if (!pixels) throw new DicomError("DICOM file without a picture")
  if (isGuessed && pixels.encapsulatedPixelData)
    throw new DicomError("DICOM file that does not name the transfer syntax of its compressed picture: convert it")
  if (!isReadable(syntax))
    throw new DicomError(`DICOM file in the transfer syntax ${syntax.name}, which is not read: convert it`)
  const frames = Number(data.string("x00280008") ?? "1")
  if (frames !== 1) throw new DicomError(`DICOM file of several frames: ${WANT}`)
  const kind = kindOf(data)
  const [height, width] = [data.uint16("x00280010") ?? 0, data.uint16("x00280011") ?? 0]
  if (width === 0 || height === 0) throw new DicomError("damaged DICOM file (it does not say how large its picture is)")
  const large = tooLarge(width, height)
  if (large) throw new DicomError(large)
  const signed = data.uint16("x00280103") === 1
  const stored = { ...depth(data, syntax), signed }
  const planar = data.uint16("x00280006") === 1
  const { colour, inverted } = kind
  return {
    ...{ syntax, bigEndian, width, height, planar, colour, inverted, ...stored },
    ...meaning(data, stored, kind),
    ...paddingOf(data, signed),
  }
}

type Kind = Pick<DicomHeader, "colour" | "inverted"> & { palette?: LookupTable }

const COLOURS: Record<string, ColourModel> = {
  ...{ RGB: "rgb", YBR_RCT: "rgb", YBR_ICT: "rgb", YBR_FULL: "ybr", YBR_FULL_422: "ybr-422" },
}

/** @throws where values are neither shades of gray nor colours that might be */
function kindOf(data: DataSet): Kind {
  const samples = data.uint16("x00280002") ?? 1
  const said = data.string("x00280004") ?? ""
  if (samples === 1 && /^MONOCHROME[12]$/.test(said))
    return { inverted: said === "MONOCHROME1" || data.string("x20500020") === "INVERSE" }
  if (samples === 1 && said === "PALETTE COLOR") return { inverted: false, palette: grayPalette(data) }
  if (samples === 3 && Object.hasOwn(COLOURS, said)) return { inverted: false, colour: COLOURS[said] }
  throw new DicomError(
    `DICOM file that is neither MONOCHROME1 or MONOCHROME2 with one sample a pixel nor RGB or YBR_FULL with three: ${WANT}`,
  )
}

/** The palette's gray values. @throws where it has colours */
function grayPalette(data: DataSet): LookupTable {
  const [red, green, blue] = ["1", "2", "3"].map((colour) => {
    const [descriptor, entries] = [`x0028110${colour}`, `x0028120${colour}`]
    if (!data.elements[descriptor] || !data.elements[entries])
      throw inColour("its palette is not written entry by entry")
    return readTable(data, descriptor, entries, false)
  })
  const same = (other: LookupTable) => red.entries.every((entry, i) => entry === other.entries[i])
  if (!same(green) || !same(blue)) throw inColour("its palette has colours")
  return red
}

function depth(data: DataSet, { encoding }: Syntax): Pick<DicomHeader, "bitsAllocated" | "bitsStored" | "shift"> {
  const bitsAllocated = data.uint16("x00280100") ?? 0
  const bitsStored = data.uint16("x00280101") ?? bitsAllocated
  const high = data.uint16("x00280102") ?? bitsStored - 1
  if (bitsAllocated !== 8 && bitsAllocated !== 16)
    throw new DicomError(`DICOM file with ${bitsAllocated} bits allocated a pixel; 8 and 16 can be read`)
  const shift = high + 1 - bitsStored
  const isWord = encoding === "native" || encoding === "rle"
  if (bitsStored < 1 || high >= bitsAllocated || shift < 0 || (shift > 0 && !isWord))
    throw new DicomError(
      `DICOM file with bits stored ${bitsStored} of ${bitsAllocated}, highest bit ${high}: that is not read, convert it to PNG`,
    )
  return { bitsAllocated, bitsStored, shift }
}

/**
 * From stored values to gray: a table comes before what says the same as numbers, and colours have
 * neither.
 */
function meaning(
  data: DataSet,
  { bitsStored, signed }: Pick<DicomHeader, "bitsStored" | "signed">,
  { colour, palette }: Kind,
): Pick<DicomHeader, "modality" | "voi"> {
  const none = { slope: 1, intercept: 0 }
  if (colour || palette) return { modality: none, voi: palette }
  const modality = tableOf(data, "x00283000", signed) ?? rescaleOf(inFrame(data, "x00289145") ?? data) ?? none
  const lowest = isTable(modality) ? 0 : rescaledEnds(modality, bitsStored, signed)[0]
  const shown = inFrame(data, "x00289132") ?? data
  return { modality, voi: tableIfAny(shown, "x00283010", lowest < 0) ?? windowOf(shown) }
}

/**
 * What an enhanced file says of its one frame under a sequence: among what it says of each frame,
 * or else of all; undefined if it says nothing. PS3.3, C.7.6.16.
 */
function inFrame(data: DataSet, sequence: string): DataSet | undefined {
  const groups = [PER_FRAME, SHARED].flatMap((tag) => itemsOf(data, data.elements[tag]).slice(0, 1))
  return groups.flatMap((group) => itemsOf(group, group.elements[sequence])).at(0)
}

const [SHARED, PER_FRAME] = ["x52009229", "x52009230"]

/** Both numbers, or none: one alone says nothing. A slope of 0 would leave no picture. */
function rescaleOf(data: DataSet): Rescale | undefined {
  const [slope, intercept] = [decimal(data, "x00281053"), decimal(data, "x00281052")]
  return slope !== undefined && slope !== 0 && intercept !== undefined ? { slope, intercept } : undefined
}

/** The lowest and the highest value that there may be. */
export function rescaledEnds(modality: Rescale, bitsStored: number, signed: boolean): [low: number, high: number] {
  const low = signed ? -(2 ** (bitsStored - 1)) : 0
  const ends = [low, low + 2 ** bitsStored - 1].map((value) => modality.slope * value + modality.intercept)
  return [Math.min(...ends), Math.max(...ends)]
}

/** The first of several windows; none where it makes no sense. */
function windowOf(data: DataSet): Window | undefined {
  const [centre, width] = [decimal(data, "x00281050"), decimal(data, "x00281051")]
  if (centre === undefined || width === undefined) return undefined
  const said = data.string("x00281056")?.toUpperCase()
  const shape = said === "SIGMOID" || said === "LINEAR_EXACT" ? said : "LINEAR"
  const valid = shape === "LINEAR" ? width >= 1 : width > 0
  return valid ? { centre, width, shape } : undefined
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
