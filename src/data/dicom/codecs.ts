/**
 * Compressed pictures to their stored values. The codecs are loaded when the first such picture
 * comes.
 */
import { Decoder } from "@cornerstonejs/jpeg-lossless-decoder-js"
import sharp from "sharp"
import type { Stored } from "./channels.ts"
import { type FrameSize, jpeg2000FrameSize, jpegFrameSize } from "./frame_size.ts"
import type { DicomHeader } from "./header.ts"
import { DicomError } from "./parse.ts"
import { decodeRle } from "./rle.ts"

type Codec = new () => CornerstoneCodec

const damaged = (what: string) =>
  new DicomError(`truncated or damaged DICOM file (its ${what} picture cannot be decoded)`)

/**
 * @throws DicomError where the picture cannot be decoded, or is another one than the header says
 */
export async function decodeFrame(bytes: Uint8Array, header: DicomHeader): Promise<Stored> {
  const { colour } = header
  switch (header.syntax.encoding) {
    case "rle": {
      const bytesPerSample = header.bitsAllocated === 16 ? 2 : 1
      const pixels = header.width * header.height
      return { bytes: decodeRle(bytes, pixels, bytesPerSample, colour ? 3 : 1), bytesPerSample, colour, planar: true }
    }
    case "jpeg":
      return decodeJpeg(bytes, header)
    case "jpeg-lossless":
      return { ...decodeLossless(bytes, header), colour }
    case "jpeg-ls":
    case "jpeg-2000":
    case "htj2k":
      return { ...(await decodeBy(header.syntax.encoding, bytes, header)), colour }
    default:
      throw damaged("compressed")
  }
}

/** Room is made for what the picture says itself: it has to be what the file says. */
function checked<Frame extends FrameSize>(frame: Frame, header: DicomHeader): Frame {
  const { width, height, bitsAllocated, colour } = header
  const { precision } = frame
  if (frame.width !== width || frame.height !== height || frame.components !== (colour ? 3 : 1))
    throw new DicomError(
      `damaged DICOM file (${width} x ${height} pixels, its compressed picture ${frame.width} x ${frame.height} x ${frame.components})`,
    )
  if (precision < 2 || precision > bitsAllocated)
    throw new DicomError(
      `damaged DICOM file (${bitsAllocated} bits allocated, its compressed picture has ${precision})`,
    )
  return frame
}

async function decodeJpeg(bytes: Uint8Array, header: DicomHeader): Promise<Stored> {
  const { precision } = checked(jpegFrameSize(bytes), header)
  if (precision !== 8)
    throw new DicomError(
      `DICOM file with a lossy JPEG of ${precision} bits, which is not read. Decompress it: dcmdjpeg IN.dcm OUT.dcm (DCMTK), or gdcmconv --raw IN.dcm OUT.dcm (GDCM)`,
    )
  try {
    const image = sharp(bytes, { failOn: "error", autoOrient: false })
    const colour = header.colour && "rgb"
    return {
      bytes: await image
        .toColourspace(colour ? "srgb" : "b-w")
        .raw()
        .toBuffer(),
      bytesPerSample: 1,
      colour,
    }
  } catch {
    throw damaged("JPEG")
  }
}

function decodeLossless(bytes: Uint8Array, header: DicomHeader): Stored {
  const { marker, precision } = checked(jpegFrameSize(bytes), header)
  if (marker !== 0xc3) throw damaged("JPEG Lossless")
  const bytesPerSample = precision > 8 ? 2 : 1
  try {
    const own = Uint8Array.from(bytes)
    return {
      bytes: new Uint8Array(new Decoder().decode(own.buffer, 0, own.length, bytesPerSample).buffer),
      bytesPerSample,
    }
  } catch {
    throw damaged("JPEG Lossless")
  }
}

async function decodeBy(encoding: string, bytes: Uint8Array, header: DicomHeader): Promise<Stored> {
  const { name, frameSize } = CODECS[encoding]
  const { precision } = checked(frameSize(bytes), header)
  const codec = new (await codecOf(encoding))()
  try {
    codec.getEncodedBuffer(bytes.length).set(bytes)
    codec.decode()
    // A copy, since the codec's memory is used again.
    return { bytes: Uint8Array.from(codec.getDecodedBuffer()), bytesPerSample: precision > 8 ? 2 : 1 }
  } catch {
    opened.clear()
    throw damaged(name)
  } finally {
    release(codec)
  }
}

function release(codec: CornerstoneCodec): void {
  try {
    codec.delete()
  } catch {
    // Of one that failed; it is forgotten as a whole.
  }
}

/**
 * They say on standard output what they do, and what was in a file is not to be seen there; each
 * makes the object its own.
 */
const quiet = () => ({ print() {}, printErr() {} })

/** By encoding: what people call it, and its decoder. */
const CODECS: Record<string, { name: string; frameSize: (bytes: Uint8Array) => FrameSize; load(): Promise<Codec> }> = {
  "jpeg-ls": {
    name: "JPEG-LS",
    frameSize: jpegFrameSize,
    load: async () => (await (await import("@cornerstonejs/codec-charls/decodewasmjs")).default(quiet())).JpegLSDecoder,
  },
  "jpeg-2000": {
    name: "JPEG 2000",
    frameSize: jpeg2000FrameSize,
    load: async () => (await (await import("@cornerstonejs/codec-openjpeg/decodewasmjs")).default(quiet())).J2KDecoder,
  },
  htj2k: {
    name: "HTJ2K",
    frameSize: jpeg2000FrameSize,
    load: async () => (await (await import("@cornerstonejs/codec-openjph")).default(quiet())).HTJ2KDecoder,
  },
}

/** Loaded codecs. A damaged picture may leave one in any state, so it makes all be dropped. */
const opened = new Map<string, Promise<Codec>>()

function codecOf(encoding: string): Promise<Codec> {
  const codec = opened.get(encoding) ?? CODECS[encoding].load()
  opened.set(encoding, codec)
  return codec
}
