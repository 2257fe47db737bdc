/**
 * How an image lies on another: the similarity (rotation, scale, shift, mirroring) on which most of
 * their matching keypoints agree, found by trying all that two matches say, as RANSAC does by
 * drawing lots.
 */
import { type Affine, determinant } from "./affine.ts"
import { LENGTH } from "./descriptor.ts"
import type { Features } from "./features.ts"

/** Pixels by which a keypoint may miss its place. */
const TOLERANCE = 3
/** Likewise its size, as a logarithm. */
const SIZE_TOLERANCE = 0.35
/** Matches that are tried; the square of it costs. */
const MATCHES = 24
/** Copies are at most so many times as large as one another. */
const MOST_SCALE = 2.5
/** Two keypoints closer than this say nothing about rotation, pixels. */
const CLOSE = 8

export interface Alignment {
  /** From the first image's pixels to the second's. */
  map: Affine
  /** Matches that agree with it. */
  agreeing: number
}

interface Match {
  /** Keypoint of the first image and of the second. */
  i: number
  j: number
  distance: number
}

/** The similarity that most matches agree with; undefined where there are too few to try. */
export function align(first: Features, second: Features): Alignment | undefined {
  const matches = bestMatches(first, second)
  let best: Alignment | undefined
  for (let p = 0; p < matches.length; p++)
    for (let q = p + 1; q < matches.length; q++)
      for (const mirrored of [false, true]) {
        const map = fromTwo(first, second, matches[p], matches[q], mirrored)
        if (map === undefined) continue
        const agreeing = count(first, second, matches, map)
        if (agreeing > (best?.agreeing ?? 2)) best = { map, agreeing }
      }
  return best && { ...best, map: fitted(first, second, matches, best.map) }
}

/**
 * The MATCHES closest of each keypoint's nearest neighbours, a keypoint of the second image used
 * once.
 */
function bestMatches(first: Features, second: Features): Match[] {
  const matches: Match[] = []
  for (let i = 0; i < first.n; i++) {
    let best = -1
    let closest = Infinity
    for (let j = 0; j < second.n; j++) {
      const distance = difference(first.descriptors, i * LENGTH, second.descriptors, j * LENGTH, closest)
      if (distance >= closest) continue
      closest = distance
      best = j
    }
    if (best >= 0) matches.push({ i, j: best, distance: closest })
  }
  matches.sort((a, b) => a.distance - b.distance)
  const used = new Set<number>()
  const single = matches.filter(({ j }) => !used.has(j) && used.add(j))
  return single.slice(0, MATCHES)
}

/** Square of the Euclidean distance, or anything over `limit` once it is over. */
function difference(a: Float32Array, i: number, b: Float32Array, j: number, limit: number): number {
  let sum = 0
  for (let k = 0; k < LENGTH; ) {
    const end = Math.min(LENGTH, k + 16)
    for (; k < end; k++) sum += (a[i + k] - b[j + k]) ** 2
    if (sum > limit) return sum
  }
  return sum
}

/**
 * The similarity that takes two keypoints to their matches, where their sizes and distances allow
 * one.
 */
function fromTwo(first: Features, second: Features, p: Match, q: Match, mirrored: boolean): Affine | undefined {
  const [ux, uy] = [first.x[q.i] - first.x[p.i], first.y[q.i] - first.y[p.i]]
  const [vx, vy] = [second.x[q.j] - second.x[p.j], second.y[q.j] - second.y[p.j]]
  const square = ux * ux + uy * uy
  if (square < CLOSE * CLOSE || vx * vx + vy * vy < CLOSE * CLOSE) return undefined
  const scale = Math.log((vx * vx + vy * vy) / square) / 2
  if (Math.abs(scale) > Math.log(MOST_SCALE)) return undefined
  for (const { i, j } of [p, q]) if (Math.abs(second.size[j] - first.size[i] - scale) > SIZE_TOLERANCE) return undefined
  // As complex numbers v = z u, or v = z conj(u) where mirrored.
  const sign = mirrored ? -1 : 1
  const re = (vx * ux + sign * vy * uy) / square
  const im = (vy * ux - sign * vx * uy) / square
  const map = { a: re, b: -sign * im, c: 0, d: im, e: sign * re, f: 0 }
  map.c = second.x[p.j] - map.a * first.x[p.i] - map.b * first.y[p.i]
  map.f = second.y[p.j] - map.d * first.x[p.i] - map.e * first.y[p.i]
  return map
}

/** Whether a match agrees with a map. */
function test(first: Features, second: Features, map: Affine): (match: Match) => boolean {
  const { a, b, c, d, e, f } = map
  const scale = Math.log(Math.abs(determinant(map))) / 2
  const limit = TOLERANCE * TOLERANCE * Math.max(1, Math.exp(2 * scale))
  return ({ i, j }) => {
    const [x, y] = [first.x[i], first.y[i]]
    const [dx, dy] = [a * x + b * y + c - second.x[j], d * x + e * y + f - second.y[j]]
    return dx * dx + dy * dy <= limit && Math.abs(second.size[j] - first.size[i] - scale) < SIZE_TOLERANCE
  }
}

function count(first: Features, second: Features, matches: Match[], map: Affine): number {
  const agrees = test(first, second, map)
  let agreeing = 0
  for (const match of matches) if (agrees(match)) agreeing++
  return agreeing
}

/** The similarity that comes closest to all matches that agree with `map`, in squares. */
function fitted(first: Features, second: Features, matches: Match[], map: Affine): Affine {
  const agreeing = matches.filter(test(first, second, map))
  const mean = (values: Float32Array, key: "i" | "j") =>
    agreeing.reduce((sum, match) => sum + values[match[key]], 0) / agreeing.length
  const [mx, my, nx, ny] = [mean(first.x, "i"), mean(first.y, "i"), mean(second.x, "j"), mean(second.y, "j")]
  const sign = determinant(map) < 0 ? -1 : 1
  let [re, im, square] = [0, 0, 0]
  for (const { i, j } of agreeing) {
    const [ux, uy, vx, vy] = [first.x[i] - mx, first.y[i] - my, second.x[j] - nx, second.y[j] - ny]
    re += vx * ux + sign * vy * uy
    im += vy * ux - sign * vx * uy
    square += ux * ux + uy * uy
  }
  const fit = { a: re / square, b: (-sign * im) / square, c: 0, d: im / square, e: (sign * re) / square, f: 0 }
  return { ...fit, c: nx - fit.a * mx - fit.b * my, f: ny - fit.d * mx - fit.e * my }
}
