/** Gray values 0..255, [height, width], row by row. */
export interface GrayImage {
  pixels: Uint8Array
  width: number
  height: number
}

/** The image in the middle of a black square, [size, size]; no side of it is longer than that. */
export function letterbox({ pixels, width, height }: GrayImage, size: number): Uint8Array {
  const out = new Uint8Array(size * size)
  const left = (size - width) >> 1
  const top = (size - height) >> 1
  for (let y = 0; y < height; y++) out.set(pixels.subarray(y * width, (y + 1) * width), (top + y) * size + left)
  return out
}

/**
 * Where the image lies in the square of `letterbox`; the bars beside it are black, whatever the
 * image is.
 *
 * @param ratio its width over its height
 */
export function contentBox(size: number, ratio: number): { left: number; top: number; width: number; height: number } {
  const width = Math.max(1, Math.round(ratio >= 1 ? size : size * ratio))
  const height = Math.max(1, Math.round(ratio >= 1 ? size / ratio : size))
  return { left: (size - width) >> 1, top: (size - height) >> 1, width, height }
}
