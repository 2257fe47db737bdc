/** A DICOM file's picture. */
import type { DataSet, Element } from "dicom-parser"
import { type Stored, samplesPerPixel, wordsOf } from "./channels.ts"
import { decodeFrame } from "./codecs.ts"
import { grayValues } from "./gray.ts"
import { type DicomHeader, readHeader } from "./header.ts"
import { DicomError, parseDicom, speaking } from "./parse.ts"

export interface DicomImage {
  width: number
  height: number
  /** Gray values 0..65535, row by row. */
  gray: Uint16Array
}

/** A file that was looked into, and not decoded yet. */
export interface DicomFile {
  header: DicomHeader
  decode(): Promise<DicomImage>
}

/**
 * @throws DicomError: see `parseDicom` and `readHeader`; `decode` does where the picture is cut
 * short or damaged
 */
export function openDicom(bytes: Uint8Array): DicomFile {
  const parsed = parseDicom(bytes)
  const { data } = parsed
  const header = speaking(() => readHeader(parsed))
  const decode = async () => {
    const stored = await storedOf(data, data.elements.x7fe00010, header)
    const { width, height } = header
    const room = width * height * samplesPerPixel(stored.colour) * stored.bytesPerSample
    if (stored.bytes.length < room)
      throw new DicomError(`truncated DICOM file (its picture has ${stored.bytes.length} bytes, ${room} are needed)`)
    return { width, height, gray: grayValues(wordsOf(stored, header), header) }
  }
  return { header, decode }
}

async function storedOf(data: DataSet, pixels: Element, header: DicomHeader): Promise<Stored> {
  const isNative = header.syntax.encoding === "native"
  if (isNative === (pixels.encapsulatedPixelData ?? false))
    throw new DicomError("damaged DICOM file (its picture is not written as its transfer syntax says)")
  if (!isNative) return decodeFrame(fragmentsOf(data, pixels), header)
  const bytes = data.byteArray.subarray(pixels.dataOffset, pixels.dataOffset + pixels.length)
  const [bytesPerSample, isWords] = header.bitsAllocated === 8 ? [1 as const, pixels.vr !== "OB"] : [2 as const, true]
  // Pixels of 8 bits are in words as well where their VR is OW (PS3.5, 8.1.2).
  const { colour, planar, bigEndian } = header
  return { bytes: bigEndian && isWords ? swapped(bytes) : bytes, bytesPerSample, colour, planar }
}

/** One picture may lie in several pieces. */
function fragmentsOf(data: DataSet, { fragments = [] }: Element): Uint8Array {
  const piece = ({ position, length }: { position: number; length: number }) =>
    data.byteArray.subarray(position, position + length)
  return fragments.length === 1 ? piece(fragments[0]) : Buffer.concat(fragments.map(piece))
}

function swapped(bytes: Uint8Array): Uint8Array {
  const even = Buffer.from(bytes.subarray(0, bytes.length & ~1))
  return even.swap16()
}
