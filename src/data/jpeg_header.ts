/** What a JPEG's header says beside the image. */
import { jpegSegments } from "./jpeg_segments.ts"

/** The luminance table of the standard's annex K, in the zigzag order of files: quality 50. */
const STANDARD = [
  ...[
    16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51, 61,
  ],
  ...[60, 57, 51, 56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87, 95, 98, 103, 104, 103, 62, 77, 113],
  ...[121, 112, 100, 120, 92, 101, 103, 99],
]

interface JpegHeader {
  /** 1..100 on the scale of libjpeg, from the quantisation of luminance; null without a table. */
  quality: number | null
  /** Has a comment segment. */
  comment: boolean
}

/** Reads the segments up to the image; a header that breaks off gives what came before. */
export function jpegHeader(bytes: Uint8Array): JpegHeader {
  const header: JpegHeader = { quality: null, comment: false }
  for (const { marker, content } of jpegSegments(bytes)) {
    if (marker === 0xfe) header.comment = true
    if (marker === 0xdb) header.quality = firstTable(content) ?? header.quality
  }
  return header
}

/** From table 0, luminance's, where the segment holds it. */
function firstTable(segment: Uint8Array): number | null {
  for (let at = 0; at < segment.length; ) {
    const wide = segment[at] >> 4 !== 0
    const size = wide ? 128 : 64
    if (at + 1 + size > segment.length) return null
    if ((segment[at] & 15) === 0) {
      const values = STANDARD.map((_, i) => {
        return wide ? (segment[at + 1 + 2 * i] << 8) | segment[at + 2 + 2 * i] : segment[at + 1 + i]
      })
      return quality(values)
    }
    at += 1 + size
  }
  return null
}

/**
 * libjpeg scales the standard table by 5000 / quality % below 50 and by 200 - 2 quality % above.
 */
function quality(table: number[]): number {
  if (table.every((value) => value === 1)) return 100
  // Entries are cut off at 255, and say nothing then.
  const scales = table.map((value, i) => (100 * value) / STANDARD[i]).filter((_, i) => table[i] < 255)
  if (scales.length === 0) return 1
  const scale = scales.reduce((sum, value) => sum + value, 0) / scales.length
  return Math.max(1, Math.min(100, Math.round(scale <= 100 ? (200 - scale) / 2 : 5000 / scale)))
}
