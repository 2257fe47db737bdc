/**
 * What a compressed picture says of itself in its first bytes. A decoder makes room for what is
 * said there, so it is held to the DICOM file's own size, which was checked, before anything is
 * decoded.
 */
import { type JpegFrame, jpegFrame } from "../jpeg_segments.ts"
import { DicomError } from "./parse.ts"

export type FrameSize = Omit<JpegFrame, "marker">

const damaged = () => new DicomError("truncated or damaged DICOM file (its picture's header cannot be read)")

/** Of JPEG and JPEG-LS. */
export function jpegFrameSize(bytes: Uint8Array): JpegFrame {
  const frame = jpegFrame(bytes)
  if (!frame) throw damaged()
  return frame
}

/** Of a JPEG 2000 codestream: ITU-T T.800, A.5.1. */
export function jpeg2000FrameSize(bytes: Uint8Array): FrameSize {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 43 || view.getUint32(0) !== 0xff4fff51) throw damaged()
  const [x, y, left, top] = [8, 12, 16, 20].map((at) => view.getUint32(at))
  return { width: x - left, height: y - top, components: view.getUint16(40), precision: (bytes[42] & 0x7f) + 1 }
}
