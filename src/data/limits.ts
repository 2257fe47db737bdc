/**
 * More pixels than any radiograph has (a film of 35 x 43 cm scanned at 50 micrometres has 60
 * million); a small file that unpacks to more is a mistake or an attack. The worst formats take 8
 * bytes per pixel: 800 MB.
 */
export const MAX_PIXELS = 100e6

/** What JPEG can say; libvips cannot shrink by what a longer side would need. */
const MAX_SIDE = 65_535

/** Labels are bytes. */
export const MOST_CLASSES = 256

/** @returns why an image of so many pixels is not decoded, or undefined */
export function tooLarge(width: number, height: number): string | undefined {
  if (Math.max(width, height) > MAX_SIDE) return `more than ${MAX_SIDE} pixels on a side`
  if (width * height > MAX_PIXELS) return `more than ${MAX_PIXELS / 1e6} megapixels: scale it down first`
  return undefined
}
