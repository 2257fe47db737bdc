import type { Plane } from "./plane.ts"

/** Darker and brighter than these is what rotations and letterboxes are filled with. */
const BLACK = 8
const WHITE = 250
/**
 * Gray values from one pixel to the next but one; what rises faster at the end of an empty part was
 * cut off there.
 */
const HARD = 24

/**
 * 1 where there is something to see, 0 on what is black or white and goes on to the border: the
 * filled corners of a rotated image, bars beside it, and the empty film around a limb, on which all
 * radiographs agree.
 *
 * @param margin so many pixels are left out beside an edge that is not the radiograph's: where the
 * empty part stops abruptly and does not fade in
 */
export function contentMask({ values, width, height }: Plane, margin: number): Uint8Array {
  const empty = new Uint8Array(values.length)
  const blank = (i: number) => values[i] <= BLACK || values[i] >= WHITE
  const stack: number[] = []
  const visit = (i: number) => {
    if (empty[i] === 1 || !blank(i)) return
    empty[i] = 1
    stack.push(i)
  }
  for (let x = 0; x < width; x++) {
    visit(x)
    visit((height - 1) * width + x)
  }
  for (let y = 0; y < height; y++) {
    visit(y * width)
    visit(y * width + width - 1)
  }
  for (let i = stack.pop(); i !== undefined; i = stack.pop()) {
    const x = i % width
    if (x > 0) visit(i - 1)
    if (x < width - 1) visit(i + 1)
    if (i >= width) visit(i - width)
    if (i < values.length - width) visit(i + width)
  }
  const mask = empty.map((one) => 1 - one)
  const clear = (x: number, y: number) => {
    const [left, right] = [Math.max(0, x - margin), Math.min(width - 1, x + margin)]
    for (let row = Math.max(0, y - margin); row <= Math.min(height - 1, y + margin); row++)
      mask.fill(0, row * width + left, row * width + right + 1)
  }
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) if (isCut(values, empty, width, height, x, y)) clear(x, y)
  return mask
}

/** Whether an empty part ends here within two pixels. */
function isCut(v: Float32Array, empty: Uint8Array, width: number, height: number, x: number, y: number): boolean {
  const i = y * width + x
  if (empty[i] === 0) return x === 0 || y === 0 || x === width - 1 || y === height - 1
  const cut = (j: number) => empty[j] === 0 && Math.abs(v[j] - v[i]) > HARD
  return (
    (x >= 2 && cut(i - 2)) ||
    (x < width - 2 && cut(i + 2)) ||
    (y >= 2 && cut(i - 2 * width)) ||
    (y < height - 2 && cut(i + 2 * width))
  )
}
