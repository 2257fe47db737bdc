/**
 * What a compressed picture says of itself in its first bytes. A decoder makes room for what is said there, so it is held
 * to the DICOM file's own size, which was checked, before anything is decoded.
 */
import { DicomError } from "./parse.ts"

export interface FrameSize {
  width: number
  height: number
  components: number
  precision: number
}

/** Start of frame: baseline, extended, progressive, lossless; JPEG-LS. */
const FRAMES = [0xc0, 0xc1, 0xc2, 0xc3, 0xf7]

const damaged = () => new DicomError("truncated or damaged DICOM file (its picture's header cannot be read)")

/** Of JPEG and JPEG-LS: ITU-T T.81, B.2.2 and T.87, C.2.2. */
export function jpegFrame(bytes: Uint8Array): FrameSize & { marker: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 2; at + 10 <= bytes.length; ) {
    if (bytes[at] !== 0xff) throw damaged()
    const marker = bytes[at + 1]
    // A marker may be led by any number of these.
    if (marker === 0xff) {
      at++
      continue
    }
    if (FRAMES.includes(marker)) {
      const [height, width] = [view.getUint16(at + 5), view.getUint16(at + 7)]
      return { marker, precision: bytes[at + 4], height, width, components: bytes[at + 9] }
    }
    if (marker === 0xda) throw damaged()
    at += 2 + Math.max(2, view.getUint16(at + 2))
  }
  throw damaged()
}

/** Of a JPEG 2000 codestream: ITU-T T.800, A.5.1. */
export function jpeg2000Frame(bytes: Uint8Array): FrameSize {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 43 || view.getUint32(0) !== 0xff4fff51) throw damaged()
  const [x, y, left, top] = [8, 12, 16, 20].map((at) => view.getUint32(at))
  return { width: x - left, height: y - top, components: view.getUint16(40), precision: (bytes[42] & 0x7f) + 1 }
}
