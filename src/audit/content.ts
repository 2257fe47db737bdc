import type { Plane } from "./plane.ts"

/** Darker and brighter than these is what rotations and letterboxes are filled with. */
const BLACK = 8
const WHITE = 250

/**
 * 1 where there is something to see, 0 on what is black or white and goes on to the border: the filled corners of a
 * rotated image, bars beside it, and the empty film around a limb, on which all radiographs agree.
 *
 * @param margin so many pixels beside the empty part are left out, too: its edge is not the radiograph's
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
  return shrink(empty, width, height, margin)
}

/** 0 wherever `empty` is within `margin` pixels along the rows and then along the columns, or the image ends. */
function shrink(empty: Uint8Array, width: number, height: number, margin: number): Uint8Array {
  const rows = new Uint8Array(empty.length)
  const mask = new Uint8Array(empty.length).fill(1)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let k = Math.max(0, x - margin); k <= Math.min(width - 1, x + margin); k++)
        if (empty[y * width + k]) rows[y * width + x] = 1
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const inner = x >= 1 && y >= 1 && x < width - 1 && y < height - 1
      if (!inner) mask[y * width + x] = 0
      for (let k = Math.max(0, y - margin); k <= Math.min(height - 1, y + margin); k++)
        if (rows[k * width + x]) mask[y * width + x] = 0
    }
  return mask
}
