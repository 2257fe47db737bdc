/** 16 bits a pixel to 8. */
import sharp from "sharp"
import { grayRange, histogram, wordCounts } from "./gray_range.ts"
import { letterbox } from "./letterbox.ts"
import { MAX_PIXELS } from "./limits.ts"
import { narrowed } from "./samples16.ts"

export interface WideImage {
  width: number
  height: number
  /** 0..65535, row by row. */
  gray: Uint16Array
}

/** Of the 16-bit range; data that span less came from a detector of fewer bits. */
const HALF_RANGE = 2 ** 15

/** Gray values 0..255, [size, size]: scaled, and only then rounded. */
export async function fit16({ width, height, gray }: WideImage, size: number): Promise<Uint8Array> {
  const image = sharp(gray, { raw: { width, height, channels: 1 }, limitInputPixels: MAX_PIXELS })
  image.toColourspace("grey16").resize(size, size, { fit: "inside" }).raw({ depth: "ushort" })
  const { data, info } = await image.toBuffer({ resolveWithObject: true })
  const pixels = narrowed(data)
  return letterbox({ pixels, width: info.width, height: info.height }, size)
}

/**
 * The same gray values over the whole range, in place, where they span less than half of it. It
 * comes before scaling, in which a bright mark would leave its rings in what lies around it.
 */
export function stretch16(gray: Uint16Array): Uint16Array {
  const found = histogram(WORDS, wordCounts(gray))
  const [low, high] = grayRange(found, 255)
  if (high - low >= HALF_RANGE || found.values.length === 1) return gray
  const part = (value: number) => Math.min(1, Math.max(0, (value - low) / (high - low)))
  const table = Uint16Array.from(WORDS, (value) => Math.round(65_535 * part(value)))
  for (let i = 0; i < gray.length; i++) gray[i] = table[gray[i]]
  return gray
}

const WORDS = Uint16Array.from({ length: 65_536 }, (_, word) => word)
