/**
 * Lays an image exactly on another, from a rough guess, and says how well their textures agree:
 * Gauss-Newton steps on the six numbers of an affine map, which minimise the squared difference,
 * first on the coarse texture and then on the fine one.
 */
import { type Affine, determinant, rescaled } from "./affine.ts"
import { NOTHING, type Texture } from "./texture.ts"

export interface Registered {
  map: Affine
  /** Correlation of the textures where both images have content, -1..1. */
  correlation: number
  /** The part of the smaller content that both have, 0..1. */
  overlap: number
}

export interface Textures {
  fine: Texture
  coarse: Texture
}

/** Steps on the coarse texture and on the fine one. */
const COARSE_STEPS = 8
const FINE_STEPS = 5
/** About so many pixels take part in a step. */
const SAMPLES = 2000
/** No map rests on fewer pixels. */
const FEWEST = 50
/** A step that moves nothing by so many pixels is the last. */
const SETTLED = 0.05
/** Correlation of the coarse textures under which the fine ones are not worth looking at. */
const HOPELESS = 0.75
/** Likewise after two steps: a right guess is nearly there by then. */
const UNPROMISING = 0.5

/**
 * @param guess from pixels of `first` to those of `second`, at the fine textures' size
 * @returns undefined where already the coarse textures do not agree
 */
export function register(first: Textures, second: Textures, guess: Affine): Registered | undefined {
  const half = refine(first.coarse, second.coarse, rescaled(guess, 0.5), COARSE_STEPS)
  if (half.correlation < HOPELESS) return undefined
  const { map } = refine(first.fine, second.fine, rescaled(half.map, 2), FINE_STEPS)
  return { map, ...agreement(first.fine, second.fine, map) }
}

/** The value between pixels, and its slopes; false where there is no content. */
class Probe {
  value = 0
  dx = 0
  dy = 0

  at({ values, side }: Texture, x: number, y: number): boolean {
    const left = Math.floor(x)
    const top = Math.floor(y)
    if (!(left >= 0 && top >= 0 && left < side - 1 && top < side - 1)) return false
    const i = top * side + left
    const [p, q, r, s] = [values[i], values[i + 1], values[i + side], values[i + side + 1]]
    if (p === NOTHING || q === NOTHING || r === NOTHING || s === NOTHING) return false
    const [fx, fy] = [x - left, y - top]
    this.dx = (q - p) * (1 - fy) + (s - r) * fy
    this.dy = (r - p) * (1 - fx) + (s - q) * fx
    this.value = p + fx * (q - p) + fy * (r - p) + fx * fy * (p - q - r + s)
    return true
  }
}

const probe = new Probe()

function refine(first: Texture, second: Texture, start: Affine, steps: number) {
  let map = start
  let best = start
  let highest = -1
  let settled = false
  const stride = Math.max(1, Math.round(Math.sqrt(first.area / SAMPLES)))
  for (let step = 0; step <= steps; step++) {
    const { correlation, change, moved = 0 } = newton(first, second, map, stride)
    if (correlation > highest) {
      highest = correlation
      best = map
    }
    if (change === undefined || step === steps || settled) break
    if (step === 2 && highest < UNPROMISING) break
    settled = moved < SETTLED
    const [a, b, c, d, e, f] = change
    map = { a: map.a + a, b: map.b + b, c: map.c + c, d: map.d + d, e: map.e + e, f: map.f + f }
  }
  return { map: best, correlation: highest }
}

const system = new Float64Array(6 * 7)

/** One step: the correlation as it is, and by how much the map should change. */
function newton(first: Texture, second: Texture, { a, b, c, d, e, f }: Affine, stride: number) {
  const { values, side } = first
  const middle = side / 2
  let [xx, yy, xy, n] = [0, 0, 0, 0]
  // Sums of products of slopes and of coordinates u, v, which run from -1 to 1: the normal
  // equations hold no more.
  let [pp, ppu, ppv, ppuu, ppuv, ppvv] = [0, 0, 0, 0, 0, 0]
  let [pq, pqu, pqv, pquu, pquv, pqvv] = [0, 0, 0, 0, 0, 0]
  let [qq, qqu, qqv, qquu, qquv, qqvv] = [0, 0, 0, 0, 0, 0]
  let [rp, rpu, rpv, rq, rqu, rqv] = [0, 0, 0, 0, 0, 0]
  for (let y = 0; y < side; y += stride)
    for (let x = 0; x < side; x += stride) {
      const value = values[y * side + x]
      if (value === NOTHING || !probe.at(second, a * x + b * y + c, d * x + e * y + f)) continue
      const { value: other, dx: p, dy: q } = probe
      const [u, v] = [x / middle - 1, y / middle - 1]
      const rest = value - other
      n++
      xx += value * value
      yy += other * other
      xy += value * other
      const [p2, p1q1, q2] = [p * p, p * q, q * q]
      pp += p2
      ppu += p2 * u
      ppv += p2 * v
      ppuu += p2 * u * u
      ppuv += p2 * u * v
      ppvv += p2 * v * v
      pq += p1q1
      pqu += p1q1 * u
      pqv += p1q1 * v
      pquu += p1q1 * u * u
      pquv += p1q1 * u * v
      pqvv += p1q1 * v * v
      qq += q2
      qqu += q2 * u
      qqv += q2 * v
      qquu += q2 * u * u
      qquv += q2 * u * v
      qqvv += q2 * v * v
      rp += rest * p
      rpu += rest * p * u
      rpv += rest * p * v
      rq += rest * q
      rqu += rest * q * u
      rqv += rest * q * v
    }
  if (n < FEWEST) return { correlation: -1 }
  const correlation = xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : -1
  system.set([ppuu, ppuv, ppu, pquu, pquv, pqu, rpu], 0)
  system.set([ppuv, ppvv, ppv, pquv, pqvv, pqv, rpv], 7)
  system.set([ppu, ppv, pp, pqu, pqv, pq, rp], 14)
  system.set([pquu, pquv, pqu, qquu, qquv, qqu, rqu], 21)
  system.set([pquv, pqvv, pqv, qquv, qqvv, qqv, rqv], 28)
  system.set([pqu, pqv, pq, qqu, qqv, qq, rq], 35)
  const solution = solve(system)
  if (solution === undefined) return { correlation }
  const [p, q, r, s, t, w] = solution
  // From u and v back to pixels.
  const change = [p / middle, q / middle, r - p - q, s / middle, t / middle, w - s - t]
  return { correlation, change, moved: Math.max(...solution.map(Math.abs)) }
}

/** Gaussian elimination on [6, 7], a little damped. */
function solve(m: Float64Array): number[] | undefined {
  for (let i = 0; i < 6; i++) m[i * 7 + i] *= 1.001
  for (let i = 0; i < 6; i++) {
    const pivot = m[i * 7 + i]
    if (!(Math.abs(pivot) > 1e-9)) return undefined
    for (let k = i + 1; k < 6; k++) {
      const factor = m[k * 7 + i] / pivot
      for (let j = i; j < 7; j++) m[k * 7 + j] -= factor * m[i * 7 + j]
    }
  }
  const out = new Array<number>(6).fill(0)
  for (let i = 5; i >= 0; i--) {
    let sum = m[i * 7 + 6]
    for (let j = i + 1; j < 6; j++) sum -= m[i * 7 + j] * out[j]
    out[i] = sum / m[i * 7 + i]
  }
  return out
}

function agreement(first: Texture, second: Texture, map: Affine): { correlation: number; overlap: number } {
  const { a, b, c, d, e, f } = map
  const { values, side } = first
  let [xx, yy, xy, n] = [0, 0, 0, 0]
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const value = values[y * side + x]
      if (value === NOTHING || !probe.at(second, a * x + b * y + c, d * x + e * y + f)) continue
      n++
      xx += value * value
      yy += probe.value * probe.value
      xy += value * probe.value
    }
  const smaller = Math.min(first.area, second.area / Math.max(1e-6, Math.abs(determinant(map))))
  return {
    correlation: xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : 0,
    overlap: smaller > 0 ? Math.min(1, n / smaller) : 0,
  }
}
