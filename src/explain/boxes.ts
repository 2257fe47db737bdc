/**
 * Marked fractures of real films, from boxes.csv in the data folder; `hitRate` scores peaks against
 * them.
 */

import { canonical, lookUp } from "../data/groups_csv.ts"
import { contentBox } from "../data/letterbox.ts"
import type { Point } from "../data/phantom.ts"
import { readUserTable } from "../data/user_table.ts"
import { plural } from "../text/plural.ts"

/** In the data folder. */
export const BOXES = "boxes.csv"

/** Corners as fractions of the film's width and height, from its upper left. */
export interface Box {
  x0: number
  y0: number
  x1: number
  y1: number
}

const SIDES = ["x0", "y0", "x1", "y1"] as const

/**
 * The boxes of each file, relative to the data folder.
 *
 * @throws naming file and line if a column is missing, a corner is no fraction or a box is empty
 */
export async function readBoxes(csv: string): Promise<Map<string, Box[]>> {
  const { columns, rows } = await readUserTable(csv, "boxes as CSV with the columns file, x0, y0, x1, y1")
  const missing = ["file", ...SIDES].filter((name) => !columns.includes(name))
  if (missing.length > 0)
    throw new Error(
      `${csv}: no column ${missing.join(", ")}; expected file, x0, y0, x1, y1, found ${columns.join(", ")}`,
    )
  const boxes = new Map<string, Box[]>()
  for (const { line, cells } of rows) {
    const where = `${csv}, line ${line}`
    if (cells.file === "") throw new Error(`${where}: the cell in column "file" is empty; fill it or remove the row`)
    const [x0, y0, x1, y1] = SIDES.map((side) => fraction(where, side, cells[side]))
    if (x0 >= x1 || y0 >= y1)
      throw new Error(
        `${where}: the box from (${x0}, ${y0}) to (${x1}, ${y1}) is empty; expected x0 < x1 and y0 < y1, from the upper left`,
      )
    const file = canonical(cells.file)
    boxes.set(file, [...(boxes.get(file) ?? []), { x0, y0, x1, y1 }])
  }
  return boxes
}

/**
 * The boxes of each of `files`; lines may name them with more or fewer folders in front, as those
 * of groups.csv.
 *
 * @throws as `readBoxes` does, and if no line names one of the files
 */
export async function boxesOf(csv: string, files: readonly string[]): Promise<Map<string, Box[]>> {
  const boxes = await readBoxes(csv)
  const names = [...boxes.keys()]
  const { groups: lines } = lookUp(new Map(names.map((name) => [name, name])), files)
  const found = files.flatMap((file, i) => (lines[i] === undefined ? [] : [[file, boxes.get(lines[i])!] as const]))
  if (found.length > 0) return new Map(found)
  throw new Error(
    `${csv}: names none of the run's ${plural(files.length, "image")}, such as ${files[0]}; ` +
      `found ${names[0] ?? "no line"}. Name them as predictions.csv does, or remove it.`,
  )
}

function fraction(where: string, side: string, cell: string): number {
  const value = Number(cell)
  if (cell !== "" && value >= 0 && value <= 1) return value
  throw new Error(
    `${where}: ${side} is "${cell}"; expected a fraction from 0 to 1. Divide pixels by the film's width or height.`,
  )
}

/**
 * Points on the boxes, at most a pixel apart, in the square that the film was fitted into: what
 * `hitRate` measures a peak's distance to.
 *
 * @param ratio the film's width over its height
 * @param size width and height of the square, in pixels
 */
export function boxPoints(boxes: readonly Box[], ratio: number, size: number): Point[] {
  const { left, top, width, height } = contentBox(size, ratio)
  return boxes.flatMap(({ x0, y0, x1, y1 }) => {
    const columns = steps(left + x0 * width, left + x1 * width)
    return steps(top + y0 * height, top + y1 * height).flatMap((y) => columns.map((x) => ({ x, y })))
  })
}

/** From `low` to `high`, both included, at most 1 apart. */
function steps(low: number, high: number): number[] {
  const parts = Math.ceil(high - low)
  return Array.from({ length: parts + 1 }, (_, k) => low + ((high - low) * k) / parts)
}
