/** DICOM's run-length encoding of one grayscale picture: PS3.5, annex G. */
import { DicomError } from "./parse.ts"

const damaged = () => new DicomError("truncated or damaged DICOM file (its run lengths do not fill the picture)")

/**
 * @param bytes the header of 16 words, then a segment for each byte of a pixel, the highest first
 * @param pixels how many there are
 * @param bytesPerSample of a pixel
 * @returns the pixels, little-endian
 */
export function decodeRle(bytes: Uint8Array, pixels: number, bytesPerSample: 1 | 2): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 64 || view.getUint32(0, true) !== bytesPerSample) throw damaged()
  const out = new Uint8Array(pixels * bytesPerSample)
  for (let segment = 0; segment < bytesPerSample; segment++) {
    const from = view.getUint32(4 + 4 * segment, true)
    const to = segment + 1 < bytesPerSample ? view.getUint32(8 + 4 * segment, true) : bytes.length
    if (from < 64 || to > bytes.length || from > to) throw damaged()
    unpack(bytes.subarray(from, to), out, bytesPerSample - 1 - segment, bytesPerSample)
  }
  return out
}

/** PackBits: a byte n below 128 is followed by n + 1 bytes, one above by a byte that is repeated 257 - n times. */
function unpack(bytes: Uint8Array, out: Uint8Array, first: number, step: number): void {
  let [at, to] = [0, first]
  while (to < out.length) {
    if (at >= bytes.length) throw damaged()
    const n = bytes[at++]
    if (n === 128) continue
    const repeated = n > 128
    const count = repeated ? 257 - n : n + 1
    if (at + (repeated ? 1 : count) > bytes.length) throw damaged()
    for (let k = 0; k < count && to < out.length; k++, to += step) out[to] = bytes[repeated ? at : at + k]
    at += repeated ? 1 : count
  }
}
