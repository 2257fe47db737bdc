/** What the first bytes of an image file say, of what a browser does not tell. */
import { jpegFrame } from "../data/jpeg_segments.ts"

/** Profiles and a PNG's header stand before the pixels. */
const HEAD = 2 ** 18

export interface ImageHead {
  /** PNG, JPEG, WebP or GIF: what every browser decodes alike. */
  known: boolean
  isTiff: boolean
  /** It holds a colour profile. */
  profiled: boolean
  /** A JPEG of four inks, of which each program makes colours of its own. */
  cmyk: boolean
  /** A PNG of 16 bits a sample. */
  sixteenBit: boolean
}

export async function headOf(file: Blob): Promise<ImageHead> {
  const head = new Uint8Array(await file.slice(0, HEAD).arrayBuffer())
  // Whatever the bytes are, each becomes a character.
  const text = new TextDecoder("latin1").decode(head)
  const png = head[0] === 0x89 && text.startsWith("PNG", 1)
  const jpeg = head[0] === 0xff && head[1] === 0xd8
  return {
    known: png || jpeg || text.startsWith("GIF8") || (text.startsWith("RIFF") && text.startsWith("WEBP", 8)),
    isTiff: /^(II[*+]\0|MM\0[*+])/.test(text),
    cmyk: jpeg && jpegFrame(head)?.components === 4,
    profiled: /ICC_PROFILE\0|iCCP|ICCP/.test(text),
    sixteenBit: png && head[24] === 16,
  }
}
