/**
 * How a DICOM file is written, told from its first bytes: planning systems and old scanners leave
 * out the preamble, the file meta information, or the transfer syntax in it, and some name another
 * one than they use. PS3.10, 7.1; PS3.5, 7.1.
 */

/** Length of what stands before the first element: 128 bytes of anything, then DICM. */
export const PREAMBLE = 132

const IMPLICIT = "1.2.840.10008.1.2"
const EXPLICIT = "1.2.840.10008.1.2.1"
export const BIG_ENDIAN = "1.2.840.10008.1.2.2"

const text = (bytes: Uint8Array, from: number, to: number) => Buffer.from(bytes.subarray(from, to)).toString("latin1")
const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

export const hasPreamble = (bytes: Uint8Array): boolean => text(bytes, 128, PREAMBLE) === "DICM"

/** All value representations, PS3.5, 6.2; those of the second list have a length of 4 bytes. */
const SHORT = /^(AE|AS|AT|CS|DA|DS|DT|FL|FD|IS|LO|LT|PN|SH|SL|SS|ST|TM|UI|UL|US)$/
const LONG = /^(OB|OD|OF|OL|OV|OW|SQ|SV|UC|UN|UR|UT|UV)$/

interface Head {
  group: number
  element: number
  vr: string | undefined
  length: number
  /** Where its value begins. */
  value: number
}

/** What stands at the beginning of an element; undefined where the bytes end before. */
function headAt(bytes: Uint8Array, at: number, big: boolean): Head | undefined {
  if (bytes.length < at + 12) return undefined
  const data = view(bytes)
  const [group, element] = [data.getUint16(at, !big), data.getUint16(at + 2, !big)]
  const vr = text(bytes, at + 4, at + 6)
  if (LONG.test(vr)) return { group, element, vr, length: data.getUint32(at + 8, !big), value: at + 12 }
  if (SHORT.test(vr)) return { group, element, vr, length: data.getUint16(at + 6, !big), value: at + 8 }
  return { group, element, vr: undefined, length: data.getUint32(at + 4, !big), value: at + 8 }
}

/** The form in which the elements are written, as the transfer syntax that is no more than that. */
export function formOf(bytes: Uint8Array): string {
  // Groups begin with 8, which read in the wrong order is 2048.
  const big = bytes.length >= 2 && view(bytes).getUint16(0, true) >= 0x400
  if (headAt(bytes, 0, big)?.vr === undefined) return IMPLICIT
  return big ? BIG_ENDIAN : EXPLICIT
}

/**
 * Where the file meta information ends that begins at `from`, and the transfer syntax that it
 * names.
 */
export function fileMeta(bytes: Uint8Array, from: number): { end: number; syntax: string | undefined } {
  let syntax: string | undefined
  let end = from
  for (let head = headAt(bytes, end, false); head?.group === 2; head = headAt(bytes, end, false)) {
    end = head.value + head.length
    if (head.element === 0x10) syntax = text(bytes, head.value, end).replace(/[\0 ]+$/, "")
  }
  return { end: Math.min(end, bytes.length), syntax: syntax || undefined }
}

/**
 * Whether a file without preamble begins as those do: with an element of group 2 or 8, and another
 * one after it.
 */
export function beginsWithElements(bytes: Uint8Array): boolean {
  const big = bytes.length >= 2 && bytes[0] === 0
  const first = headAt(bytes, 0, big)
  if (!first || !isPlausible(first) || (first.group !== 8 && !(first.group === 2 && !big && first.vr))) return false
  if (big && !first.vr) return false
  const second = headAt(bytes, first.value + first.length, big)
  if (!second) return first.value + first.length + 12 > bytes.length
  return second.group >= first.group && (second.group > first.group || second.element > first.element)
}

/** The first elements are a length, a character set, a class or a time: nothing long. */
const isPlausible = ({ element, length }: Head): boolean => element <= 0x60 && length % 2 === 0 && length <= 128
