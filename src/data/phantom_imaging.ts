/** From attenuation to gray values: marker, beam, blur, photon noise, display and collimation. */
import type { Random } from "../tensor/random.ts"

/** Attenuation of a lead letter. */
const LEAD = 1.6

/** Strokes of the side markers in a box one high, y downwards. */
const LETTERS: Record<"L" | "R", number[][]> = {
  L: [
    [0, 0, 0, 1],
    [0, 1, 0.6, 1],
  ],
  R: [
    [0, 0, 0, 1],
    [0, 0, 0.45, 0],
    [0.45, 0, 0.6, 0.25],
    [0.6, 0.25, 0.45, 0.5],
    [0.45, 0.5, 0, 0.5],
    [0.25, 0.5, 0.65, 1],
  ],
}

interface Imaging {
  /** Photons a pixel without an object in the beam. */
  photons: number
  /** Scattered photons as a share of those that come straight through. */
  scatter: number
  /** Standard deviation of the blur, in widths of the image. */
  blur: number
  /** Attenuations shown as black and white, and the exponent between. */
  black: number
  white: number
  gamma: number
  /** The open field between the shutters, in widths of the image, and its turn in radians. */
  field: { left: number; right: number; top: number; bottom: number; angle: number }
  marker: { letter: "L" | "R"; x: number; y: number; height: number; angle: number; mirrored: boolean } | null
}

export function drawImaging(random: Random): Imaging {
  const shutter = () => (random.uniform() < 0.4 ? random.uniform(0.02, 0.08) : -1)
  const field = {
    left: shutter(),
    right: shutter(),
    top: shutter(),
    bottom: shutter(),
    angle: random.uniform(-0.05, 0.05),
  }
  const inset = (edge: number) => Math.max(edge, 0) + random.uniform(0.03, 0.06)
  const height = random.uniform(0.085, 0.12)
  const left = random.uniform() < 0.5
  const top = random.uniform() < 0.5
  const marker = {
    letter: random.uniform() < 0.5 ? ("L" as const) : ("R" as const),
    x: left ? inset(field.left) : 1 - inset(field.right) - 0.65 * height,
    y: top ? inset(field.top) : 1 - inset(field.bottom) - height,
    height,
    angle: random.uniform(-0.3, 0.3),
    mirrored: random.uniform() < 0.15,
  }
  return {
    photons: Math.exp(random.uniform(Math.log(4000), Math.log(15000))),
    scatter: random.uniform(0.02, 0.06),
    blur: random.uniform(0.003, 0.0055),
    black: random.uniform(-0.25, 0.05),
    white: random.uniform(2.2, 2.8),
    gamma: random.uniform(0.8, 1.15),
    field,
    marker: random.uniform() < 0.75 ? marker : null,
  }
}

/** Adds the marker's lead to an attenuation map [size, size]. */
export function placeMarker(map: Float32Array, size: number, imaging: Imaging): void {
  const { marker } = imaging
  if (!marker) return
  const { x, y, height, angle } = marker
  const stroke = 0.075 * height + 0.25 / size
  const reach = 1.3 * height * size
  const [left, top] = [Math.round((x - 0.3 * height) * size), Math.round((y - 0.15 * height) * size)]
  for (let i = Math.max(0, top); i < Math.min(size, top + reach); i++) {
    for (let j = Math.max(0, left); j < Math.min(size, left + reach); j++) {
      const u = ((j + 0.5) / size - x) / height - 0.3
      const v = ((i + 0.5) / size - y) / height - 0.5
      const across = (u * Math.cos(angle) + v * Math.sin(angle)) * (marker.mirrored ? -1 : 1) + 0.3
      const down = v * Math.cos(angle) - u * Math.sin(angle) + 0.5
      const distance = Math.min(...LETTERS[marker.letter].map((s) => toStroke(across, down, s))) * height
      if (distance < 2 * stroke) map[i * size + j] += LEAD * Math.min(1, Math.max(0, 0.5 + (stroke - distance) * size))
    }
  }
}

/** Distance of (x, y) from the stroke between two points. */
function toStroke(x: number, y: number, [x0, y0, x1, y1]: number[]): number {
  const [dx, dy] = [x1 - x0, y1 - y0]
  const along = Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy)))
  return Math.hypot(x - x0 - along * dx, y - y0 - along * dy)
}

/**
 * Gray values of an attenuation map: Beer-Lambert, I = I0 exp(-attenuation), counted by a noisy
 * detector and shown on a log scale.
 */
export function expose(map: Float32Array, size: number, imaging: Imaging, random: Random): Uint8Array {
  const beam = map.map((attenuation) => Math.exp(-attenuation) + imaging.scatter)
  blur(beam, size, imaging.blur * size)
  const pixels = new Uint8Array(size * size)
  for (let k = 0; k < pixels.length; k++) {
    // A Poisson count of thousands of photons is a normal one of the same mean and variance.
    const expected = beam[k] * imaging.photons
    const counted = Math.max(1, expected + Math.sqrt(expected) * random.normal())
    const shown = (-Math.log(counted / imaging.photons) - imaging.black) / (imaging.white - imaging.black)
    pixels[k] = Math.round(255 * Math.min(1, Math.max(0, shown)) ** imaging.gamma * shutters(imaging, k, size))
  }
  return pixels
}

/** 1 in the open field, 0 behind the shutters, which the display shows black. */
function shutters({ field }: Imaging, k: number, size: number): number {
  const u = ((k % size) + 0.5) / size - 0.5
  const v = (Math.floor(k / size) + 0.5) / size - 0.5
  const x = u + field.angle * v + 0.5
  const y = v - field.angle * u + 0.5
  const inside = Math.min(x - field.left, 1 - field.right - x, y - field.top, 1 - field.bottom - y)
  return Math.min(1, Math.max(0.03, 0.5 + inside * size))
}

/** Gaussian blur in place, rows then columns; sigma in pixels. */
function blur(map: Float32Array, size: number, sigma: number): void {
  const reach = Math.ceil(3 * sigma)
  const weights = Array.from({ length: 2 * reach + 1 }, (_, k) => Math.exp(-0.5 * ((k - reach) / sigma) ** 2))
  const total = weights.reduce((a, b) => a + b, 0)
  const line = new Float32Array(size)
  for (const [step, stride] of [
    [1, size],
    [size, 1],
  ]) {
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) line[j] = map[i * stride + j * step]
      for (let j = 0; j < size; j++) {
        let sum = 0
        for (let k = -reach; k <= reach; k++) sum += weights[k + reach] * line[Math.min(size - 1, Math.max(0, j + k))]
        map[i * stride + j * step] = sum / total
      }
    }
  }
}
