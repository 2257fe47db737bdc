/**
 * DICOM files of drawn pictures, written here and not by what is tested. PS3.5, 7 and annex A;
 * PS3.10, 7.
 */
import { createRequire } from "node:module"
import { deflateRawSync } from "node:zlib"

const require = createRequire(import.meta.url)

export const SYNTAX = {
  implicit: "1.2.840.10008.1.2",
  explicit: "1.2.840.10008.1.2.1",
  deflated: "1.2.840.10008.1.2.1.99",
  big: "1.2.840.10008.1.2.2",
  rle: "1.2.840.10008.1.2.5",
  baseline: "1.2.840.10008.1.2.4.50",
  extended: "1.2.840.10008.1.2.4.51",
  lossless: "1.2.840.10008.1.2.4.70",
  jpegLs: "1.2.840.10008.1.2.4.80",
  jpeg2000: "1.2.840.10008.1.2.4.90",
  mpeg2: "1.2.840.10008.1.2.4.100",
  htj2k: "1.2.840.10008.1.2.4.201",
  htj2kRpcl: "1.2.840.10008.1.2.4.202",
  htj2kLossy: "1.2.840.10008.1.2.4.203",
} as const

type Value = string | number | readonly number[] | Uint8Array | readonly Item[]

/** Of a sequence, whose VR is SQ. */
export type Item = readonly Element[]

/** [tag as ggggeeee, VR, value]; several strings with backslashes between them. */
export type Element = [tag: string, vr: string, value: Value]

export interface Picture {
  width: number
  height: number
  /** Stored values. */
  values: readonly number[]
  bits?: number
  allocated?: 8 | 16
  /** Of a pixel; those of one lie together. */
  samples?: 1 | 3
  signed?: boolean
  photometric?: string
  syntax?: string
  /** Compressed pieces, in the place of `values`. */
  fragments?: readonly Uint8Array[]
  more?: readonly Element[]
}

const LONG = ["OB", "OW", "SQ", "UN", "UT", "OF"]

interface Form {
  explicit?: boolean
  big?: boolean
}

function content(vr: string, value: Value, form: Form): Buffer {
  if (vr === "SQ") return Buffer.concat((value as readonly Item[]).map((item) => itemOf(item, form)))
  const { big = false } = form
  if (value instanceof Uint8Array) return padded(Buffer.from(value), vr === "OB" ? 0 : 0)
  if (typeof value === "string") return padded(Buffer.from(value, "latin1"), vr === "UI" ? 0 : 0x20)
  const numbers = typeof value === "number" ? [value] : (value as readonly number[])
  const out = Buffer.alloc(2 * numbers.length)
  for (const [i, one] of numbers.entries())
    if (big) out.writeUInt16BE(one & 0xffff, 2 * i)
    else out.writeUInt16LE(one & 0xffff, 2 * i)
  return out
}

function itemOf(elements: Item, form: Form): Buffer {
  const body = Buffer.concat(elements.map((one) => element(one, form)))
  return element(["fffee000", "", body], { ...form, explicit: false })
}

const padded = (bytes: Buffer, fill: number) =>
  bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.from([fill])])

/** @param length what the element claims, where that is not what it has */
export function element(
  [tag, vr, value]: Element,
  { explicit = true, big = false, length }: Form & { length?: number } = {},
): Buffer {
  const bytes = content(vr, value, { explicit, big })
  const long = LONG.includes(vr)
  const head = Buffer.alloc(!explicit ? 8 : long ? 12 : 8)
  const u16 = (value: number, at: number) => (big ? head.writeUInt16BE(value, at) : head.writeUInt16LE(value, at))
  const u32 = (value: number, at: number) => (big ? head.writeUInt32BE(value, at) : head.writeUInt32LE(value, at))
  u16(Number.parseInt(tag.slice(0, 4), 16), 0)
  u16(Number.parseInt(tag.slice(4), 16), 2)
  if (!explicit) u32(length ?? bytes.length, 4)
  else {
    head.write(vr, 4, "latin1")
    if (long) u32(length ?? bytes.length, 8)
    else u16(length ?? bytes.length, 6)
  }
  return Buffer.concat([head, bytes])
}

/** A whole file of these elements, sorted by tag. */
export function dicom(elements: readonly Element[], syntax: string = SYNTAX.explicit): Buffer {
  const meta = element(["00020010", "UI", syntax])
  const head = [Buffer.alloc(128), Buffer.from("DICM"), lengthOf(meta), meta]
  const form = { explicit: syntax !== SYNTAX.implicit, big: syntax === SYNTAX.big }
  const sorted = [...elements].sort(([a], [b]) => (a < b ? -1 : 1))
  const body = Buffer.concat(
    sorted.map((one) => (one[1] === "raw" ? Buffer.from(one[2] as Uint8Array) : element(one, form))),
  )
  return Buffer.concat([...head, syntax === SYNTAX.deflated ? deflateRawSync(body) : body])
}

function lengthOf(meta: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(meta.length)
  const out = element(["00020000", "UL", length])
  return out
}

export function pictureElements(picture: Picture): Element[] {
  const { width, height, values, bits = 16, signed = false, samples = 1, more = [] } = picture
  const { photometric = samples === 3 ? "RGB" : "MONOCHROME2" } = picture
  const { allocated = bits > 8 ? 16 : 8, fragments } = picture
  const pixels: Element = fragments
    ? ["7fe00010", "raw", encapsulated(fragments)]
    : ["7fe00010", allocated === 8 ? "OB" : "OW", allocated === 8 ? Uint8Array.from(values) : values]
  const own = new Set(more.map(([tag]) => tag))
  const usual: Element[] = [
    ["00280002", "US", samples],
    ["00280004", "CS", photometric],
    ["00280010", "US", height],
    ["00280011", "US", width],
    ["00280100", "US", allocated],
    ["00280101", "US", bits],
    ["00280102", "US", bits - 1],
    ["00280103", "US", signed ? 1 : 0],
    pixels,
  ]
  return [...usual.filter(([tag]) => !own.has(tag)), ...more]
}

export const dicomPicture = (picture: Picture): Buffer => dicom(pictureElements(picture), picture.syntax)

/** Pixel data of undefined length: an empty offset table, the pieces, an end. PS3.5, A.4. */
function encapsulated(fragments: readonly Uint8Array[]): Buffer {
  const item = (bytes: Uint8Array) => {
    const even = padded(Buffer.from(bytes), 0)
    const head = Buffer.from([0xfe, 0xff, 0x00, 0xe0, 0, 0, 0, 0])
    head.writeUInt32LE(even.length, 4)
    return Buffer.concat([head, even])
  }
  const start = Buffer.from([0xe0, 0x7f, 0x10, 0x00, 0x4f, 0x42, 0, 0, 0xff, 0xff, 0xff, 0xff])
  const end = Buffer.from([0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0])
  return Buffer.concat([start, item(new Uint8Array()), ...fragments.map(item), end])
}

interface Encoder {
  getDecodedBuffer(info: object): Uint8Array
  encode(): void
  getEncodedBuffer(): Uint8Array
  setNearLossless?(error: number): void
  setDecompositions?(count: number): void
  setQuality?(lossless: boolean, quality: number): void
}

const quiet = () => ({ print() {}, printErr() {} })
const charls = await require("@cornerstonejs/codec-charls/wasmjs")(quiet())
const openJpeg = await require("@cornerstonejs/codec-openjpeg/wasmjs")(quiet())
const openJph = await require("@cornerstonejs/codec-openjph")(quiet())

/** Without loss. */
export function compressed(
  kind: "jpegLs" | "jpeg2000" | "htj2k",
  { width, height, values, bits = 16, signed = false, samples = 1 }: Picture,
): Buffer {
  const encoder: Encoder = new {
    jpegLs: charls.JpegLSEncoder,
    jpeg2000: openJpeg.J2KEncoder,
    htj2k: openJph.HTJ2KEncoder,
  }[kind]()
  const info = {
    width,
    height,
    bitsPerSample: bits,
    componentCount: samples,
    isSigned: signed,
    isUsingColorTransform: false,
  }
  const raw =
    bits > 8 ? new Uint8Array(Uint16Array.from(values, (value) => value & 0xffff).buffer) : Uint8Array.from(values)
  encoder.getDecodedBuffer(info).set(raw)
  encoder.setNearLossless?.(0)
  encoder.setQuality?.(true, 0)
  // The usual five halvings are too many for a picture of a few pixels.
  encoder.setDecompositions?.(2)
  encoder.encode()
  return Buffer.from(encoder.getEncodedBuffer())
}

/** PackBits without runs where there are none: PS3.5, annex G. */
export function runLengths({ values, bits = 16 }: Picture): Buffer {
  const width = bits > 8 ? 2 : 1
  const segments = Array.from({ length: width }, (_, s) =>
    packed(values.map((v) => (v >> (8 * (width - 1 - s))) & 0xff)),
  )
  const head = Buffer.alloc(64)
  head.writeUInt32LE(width)
  let at = 64
  for (const [s, { length }] of segments.entries()) {
    head.writeUInt32LE(at, 4 + 4 * s)
    at += length
  }
  return Buffer.concat([head, ...segments])
}

function packed(bytes: readonly number[]): Buffer {
  const out: number[] = []
  for (let at = 0; at < bytes.length; ) {
    let run = 1
    while (run < 128 && bytes[at + run] === bytes[at]) run++
    if (run > 1) out.push(257 - run, bytes[at])
    else out.push(0, bytes[at])
    at += run
  }
  return padded(Buffer.from(out), 128)
}
