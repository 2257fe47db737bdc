/**
 * How often maps point at the fracture, as the phantom or boxes.csv marks it. Counted over true
 * positives: images of a fracture that were answered rightly, for where a network looked that saw
 * nothing is no question.
 */
import type { Point } from "../data/phantom.ts"
import { ratio } from "../eval/confusion.ts"
import type { Range } from "../eval/interval.ts"
import { mean } from "../eval/mean.ts"
import { shareOf } from "../eval/share.ts"
import type { Peak } from "./peak.ts"

/**
 * Part of the image's width that a peak may lie beside the broken edges: a cell of the small
 * network's 20 x 20 map.
 */
export const TOLERANCE = 1 / 20

export interface HitRate {
  /** Pixels that a peak may be away from the nearest broken edge. */
  tolerance: number
  truePositives: number
  hits: number
  /** hits / truePositives; null without true positives. */
  rate: number | null
  /** 95 %, by groups. */
  interval: Range | null
  /**
   * What a peak anywhere in the image would hit: the part of it that counts as hit, mean over the
   * true positives.
   */
  anywhere: number | null
  /**
   * What the next true positive's peak would hit: a map that knows where fractures usually are, and
   * not the image.
   */
  elsewhere: number | null
  /** What a point in the middle of every image would hit. */
  middle: number | null
}

/** A true positive. */
export interface Found {
  /** Of its map. */
  peak: Peak
  /** Points along the fracture, in pixels. */
  fracture: readonly Point[]
  /** Images of one are not independent; its own without. */
  group?: string
}

/** Pixels from a peak to the nearest of the points. */
export const distanceTo = (points: readonly Point[], { x, y }: Point): number =>
  Math.min(...points.map((point) => Math.hypot(point.x - x, point.y - y)))

/** @param size width and height of the images, in pixels */
export function hitRate(found: readonly Found[], size: number): HitRate {
  const tolerance = size * TOLERANCE
  const hit = (fracture: readonly Point[], at: Point) => distanceTo(fracture, at) <= tolerance
  const isHit = found.map(({ peak, fracture }) => Number(hit(fracture, peak)))
  const hits = isHit.reduce((sum, one) => sum + one, 0)
  const centre = { x: size / 2, y: size / 2 }
  const middle = found.filter(({ fracture }) => hit(fracture, centre)).length
  const groups = found.map(({ group }, i) => group ?? String(i))
  const others = found.filter(({ fracture }, i) => hit(fracture, found[(i + 1) % found.length].peak)).length
  const areas = found.map(({ fracture }) => partWithin(fracture, tolerance, size))
  return {
    ...{ tolerance, truePositives: found.length, hits, rate: ratio(hits, found.length) },
    interval: shareOf(isHit, groups).interval,
    ...{ anywhere: mean(areas), elsewhere: found.length > 1 ? ratio(others, found.length) : null },
    middle: ratio(middle, found.length),
  }
}

/** The part of the image's pixels whose centres lie within `tolerance` of one of the points. */
function partWithin(points: readonly Point[], tolerance: number, size: number): number {
  const near = new Set<number>()
  for (const { x, y } of points) {
    const [left, right, top, bottom] = [x - tolerance, x + tolerance, y - tolerance, y + tolerance].map(Math.floor)
    for (let row = Math.max(0, top); row <= Math.min(size - 1, bottom); row++) {
      for (let column = Math.max(0, left); column <= Math.min(size - 1, right); column++) {
        if ((column + 0.5 - x) ** 2 + (row + 0.5 - y) ** 2 <= tolerance ** 2) near.add(row * size + column)
      }
    }
  }
  return near.size / size ** 2
}
