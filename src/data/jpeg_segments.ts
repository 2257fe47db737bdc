/**
 * The segments of a JPEG or JPEG-LS that stand before its picture: ITU-T T.81, B.1.1, and T.87,
 * C.1.
 */

export interface JpegSegment {
  /** Its second byte; the first is 255. */
  marker: number
  content: Uint8Array
}

/** Where the file breaks off or is damaged, that was the last one. */
export function* jpegSegments(bytes: Uint8Array): Generator<JpegSegment> {
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff; ) {
    const marker = bytes[at + 1]
    // A marker may be led by any number of these.
    if (marker === 0xff) {
      at++
      continue
    }
    if (marker === START_OF_SCAN || marker === END_OF_IMAGE) return
    const end = at + 2 + Math.max(2, word(bytes, at + 2))
    yield { marker, content: bytes.subarray(at + 4, end) }
    at = end
  }
}

const START_OF_SCAN = 0xda
const END_OF_IMAGE = 0xd9

/** What the picture is, as its frame header says: T.81, B.2.2 and T.87, C.2.2. */
export interface JpegFrame {
  marker: number
  /** Bits of a sample. */
  precision: number
  width: number
  height: number
  /** 1 of gray, 3 of colour, 4 of CMYK. */
  components: number
}

/** @returns undefined where there is no frame header, or only a part of one */
export function jpegFrame(bytes: Uint8Array): JpegFrame | undefined {
  for (const { marker, content } of jpegSegments(bytes)) {
    if (!isFrame(marker) || content.length < 6) continue
    const [precision, , , , , components] = content
    return { marker, precision, height: word(content, 1), width: word(content, 3), components }
  }
  return undefined
}

/** SOF0 to SOF15, among which stand three segments of other kinds; and that of JPEG-LS. */
const isFrame = (marker: number): boolean =>
  (marker >> 4 === 0xc && ![0xc4, 0xc8, 0xcc].includes(marker)) || marker === 0xf7

const word = (bytes: Uint8Array, at: number): number => (bytes[at] << 8) | bytes[at + 1]
