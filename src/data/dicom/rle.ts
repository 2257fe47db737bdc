/** DICOM's run-length encoding of one picture: PS3.5, annex G. */
import { DicomError } from "./parse.ts"

const damaged = () => new DicomError("truncated or damaged DICOM file (its run lengths do not fill the picture)")

/**
 * @param bytes the header of 16 words, then a segment for each byte of a pixel, the highest of a
 * sample first
 * @param pixels how many there are
 * @param bytesPerSample of a sample
 * @param samples of a pixel
 * @returns the samples, little-endian: the first of all pixels, then the second of all
 */
export function decodeRle(bytes: Uint8Array, pixels: number, bytesPerSample: 1 | 2, samples: 1 | 3): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const segments = samples * bytesPerSample
  if (bytes.length < 64 || view.getUint32(0, true) !== segments) throw damaged()
  const out = new Uint8Array(pixels * segments)
  for (let segment = 0; segment < segments; segment++) {
    const from = view.getUint32(4 + 4 * segment, true)
    const to = segment + 1 < segments ? view.getUint32(8 + 4 * segment, true) : bytes.length
    if (from < 64 || to > bytes.length || from > to) throw damaged()
    const [sample, byte] = [Math.floor(segment / bytesPerSample), segment % bytesPerSample]
    const plane = out.subarray(sample * pixels * bytesPerSample, (sample + 1) * pixels * bytesPerSample)
    unpack(bytes.subarray(from, to), plane, bytesPerSample - 1 - byte, bytesPerSample)
  }
  return out
}

/**
 * PackBits: a byte n below 128 is followed by n + 1 bytes, one above by a byte that is repeated 257
 * - n times.
 */
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
