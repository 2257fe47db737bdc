/**
 * Look-up tables of DICOM files: Modality LUT, VOI LUT and palettes. PS3.3, C.11.1.1, C.11.2.1.1
 * and C.7.6.3.1.5.
 */
import dicomParser, { type DataSet, type Element } from "dicom-parser"
import { DicomError } from "./parse.ts"

export interface LookupTable {
  /** The value that the first entry is for; lower ones have the same. */
  first: number
  entries: Uint16Array
  /** Of an entry: the highest that the file has room for is 2 ** bits - 1. */
  bits: number
}

const DESCRIPTOR = "x00283002"
const DATA = "x00283006"

/**
 * The table of a sequence's first item; undefined where there is no sequence, or an empty one.
 *
 * @param signed whether the values that go in may be negative, where the file does not say how its
 * numbers are written
 * @throws DicomError where the table cannot be read, or the item has none
 */
export function tableOf(data: DataSet, sequence: string, signed: boolean): LookupTable | undefined {
  const [item] = itemsOf(data, data.elements[sequence])
  return item && readTable(item, DESCRIPTOR, DATA, signed)
}

/** The same, and undefined where the item has no table: a window may stand beside it. */
export function tableIfAny(data: DataSet, sequence: string, signed: boolean): LookupTable | undefined {
  const [item] = itemsOf(data, data.elements[sequence])
  return item?.elements[DESCRIPTOR] && item.elements[DATA] ? readTable(item, DESCRIPTOR, DATA, signed) : undefined
}

/**
 * Items of a sequence, also of one that a program copied without knowing it for one (PS3.5, 6.2.2:
 * always implicit).
 */
export function itemsOf(data: DataSet, element: Element | undefined): DataSet[] {
  if (!element) return []
  if (!element.items && element.vr === "UN" && element.length > 0) {
    const parser = dicomParser.littleEndianByteArrayParser
    const stream = new dicomParser.ByteStream(parser, data.byteArray, element.dataOffset)
    dicomParser.readSequenceItemsImplicit(stream, element, undefined)
  }
  return (element.items ?? []).flatMap(({ dataSet }) => dataSet ?? [])
}

const damaged = () => new DicomError("damaged DICOM file (a look-up table of its gray values cannot be read)")

/** @throws DicomError */
export function readTable(item: DataSet, descriptor: string, data: string, signed: boolean): LookupTable {
  const [said, element] = [item.elements[descriptor], item.elements[data]]
  const [length, bits] = [item.uint16(descriptor, 0), item.uint16(descriptor, 2)]
  if (!element || length === undefined || bits === undefined || said.length < 6) throw damaged()
  const isSigned = said.vr === undefined || said.vr === "UN" ? signed : said.vr === "SS"
  const first = (isSigned ? item.int16(descriptor, 1) : item.uint16(descriptor, 1))!
  // A length of 65,536 does not fit into its word.
  const entries = readEntries(item, data, length || 65_536, bits)
  const highest = entries.reduce((most, entry) => Math.max(most, entry), 0)
  if (bits < 8 || bits > 16) throw damaged()
  // Some files say fewer bits than their entries have.
  return { first, entries, bits: Math.max(bits, Math.floor(Math.log2(Math.max(1, highest))) + 1) }
}

/** A word each, or two to a word where they have 8 bits and there are no more words. */
function readEntries(item: DataSet, data: string, count: number, bits: number): Uint16Array {
  const words = item.elements[data].length >> 1
  if (words >= count) return Uint16Array.from({ length: count }, (_, i) => item.uint16(data, i)!)
  if (bits !== 8 || words < count >> 1) throw damaged()
  return Uint16Array.from({ length: Math.min(count, 2 * words) }, (_, i) => {
    const word = item.uint16(data, i >> 1)!
    return i % 2 === 0 ? word & 0xff : word >> 8
  })
}

/** The entry for a value. */
export function lookUp({ first, entries }: LookupTable, value: number): number {
  return entries[Math.min(entries.length - 1, Math.max(0, Math.floor(value - first)))]
}
