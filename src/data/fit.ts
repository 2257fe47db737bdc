/**
 * An image fitted into a square where there is no sharp: in a browser. The same steps as libvips
 * takes, to the same rounding, so that a network is shown the same picture: to make it smaller,
 * means of whole blocks until twice the size or a little more is left, then Lanczos3; to make it
 * larger, Catmull-Rom.
 *
 * https://www.libvips.org/API/current/method.Image.resize.html; C. E. Duchon, Lanczos filtering,
 * 1979; E. Catmull and R. Rom, A class of local interpolating splines, 1974
 */

import { type GrayImage, letterbox } from "./letterbox.ts"

/** The same in the middle of a step: values may lie outside of 0..255. */
type Plane = Omit<GrayImage, "pixels"> & { pixels: Uint8Array | Int16Array }

/** So many places between two pixels have weights of their own. */
const PHASES = 64

/** So many weights between 0 and 1. */
const STEPS = 4096

/** Weights of the rows around a place; `first` may lie outside, where the image's edge goes on. */
interface Taps {
  first: number
  weights: number[]
}

/**
 * The image's longer side fills the square, never stretched, centred on black: [size, size], as
 * `decodeImage` makes it.
 */
export function fitSquare(image: GrayImage, size: number): Uint8Array {
  const shrink = Math.max(image.width, image.height) / size
  if (shrink === 1) return letterbox(image, size)
  const height = Math.max(1, Math.round(image.height / shrink))
  const width = Math.max(1, Math.round(image.width / shrink))
  const scale = shrink < 1 ? enlarge : reduce
  return letterbox(scale(image, width, height, shrink), size)
}

/**
 * @param shrink pixels in for a pixel out, before `width` and `height` were rounded to whole ones
 */
function reduce(image: GrayImage, width: number, height: number, shrink: number): GrayImage {
  const columns = reduceRows(image, height, shrink)
  return transpose(reduceRows(transpose(columns), width, shrink))
}

function reduceRows(image: GrayImage, height: number, shrink: number): GrayImage {
  const whole = Math.max(1, Math.floor(image.height / height / 2))
  const left = shrink / whole
  // Where the height was rounded, what is too much or too little is so on both sides.
  const margin = (height * shrink - image.height) / whole / 2
  const blocks = whole === 1 ? image : meanRows(image, whole)
  return clamped(weigh(blocks, height, (row) => lanczos3((row + 0.5) * left - margin - 0.5, left)))
}

/**
 * Half of a new pixel further up and left than the middle of a pixel would have it: so does
 * libvips.
 */
function enlarge(image: GrayImage, width: number, height: number, shrink: number): GrayImage {
  const taps = (at: number) => catmullRom(at * shrink - 0.5)
  const rows = transpose(weigh(transpose(image), width, taps))
  return clamped(weigh(rows, height, taps))
}

/** Means of so many rows each; the last row stands in for those that are missing at the end. */
function meanRows({ pixels, width, height }: GrayImage, rows: number): GrayImage {
  const out = new Uint8Array(width * Math.ceil(height / rows))
  // A product in place of a division, as libvips has it: a sum just on the edge is rounded down.
  const part = Math.floor(2 ** 24 / rows)
  const mean = (sum: number) => Math.floor(((sum + (rows >> 1)) * part) / 2 ** 24)
  for (let y = 0; y < out.length / width; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0
      for (let k = 0; k < rows; k++) sum += pixels[Math.min(height - 1, y * rows + k) * width + x]
      out[y * width + x] = mean(sum)
    }
  }
  return { pixels: out, width, height: out.length / width }
}

/** Each new row as the rounded sum of weighted rows; it may lie outside of 0..255. */
function weigh({ pixels, width, height }: Plane, rows: number, tapsOf: (row: number) => Taps): Plane {
  const out = new Int16Array(width * rows)
  for (let y = 0; y < rows; y++) {
    const { first, weights } = tapsOf(y)
    const starts = weights.map((_, k) => Math.min(height - 1, Math.max(0, first + k)) * width)
    for (let x = 0; x < width; x++) {
      let sum = 0
      for (let k = 0; k < weights.length; k++) sum += weights[k] * pixels[starts[k] + x]
      out[y * width + x] = Math.round(sum)
    }
  }
  return { pixels: out, width, height: rows }
}

/** The whole part of a place, and its part between two pixels, to a phase. */
function split(place: number): { base: number; part: number } {
  const base = Math.floor(place)
  return { base, part: Math.round((place - base) * PHASES) / PHASES }
}

/** Of an odd number of rows, the nearest to a place. */
function lanczos3(place: number, shrink: number): Taps {
  const { base, part } = split(place - 0.5)
  const reach = Math.round(3 * shrink)
  const weights = Array.from({ length: 2 * reach + 1 }, (_, k) => windowedSinc((k - reach + 0.5 - part) / shrink))
  const sum = weights.reduce((a, b) => a + b)
  return { first: base - reach + 1, weights: weights.map((weight) => inSteps(weight / sum)) }
}

function windowedSinc(x: number): number {
  if (x === 0) return 1
  if (Math.abs(x) >= 3) return 0
  return (3 * Math.sin(Math.PI * x) * Math.sin((Math.PI * x) / 3)) / (Math.PI * x) ** 2
}

function catmullRom(place: number): Taps {
  const { base, part: t } = split(place)
  const weights = [
    ((2 - t) * t - 1) * t * 0.5,
    ((3 * t - 5) * t * t + 2) * 0.5,
    ((4 - 3 * t) * t + 1) * t * 0.5,
    (t - 1) * t * t * 0.5,
  ]
  return { first: base - 1, weights: weights.map(inSteps) }
}

/** Cut off, not rounded, as libvips does. */
const inSteps = (weight: number): number => Math.trunc(STEPS * weight) / STEPS

const clamped = ({ pixels, ...sizes }: Plane): GrayImage => ({ pixels: Uint8Array.from(pixels, clamp), ...sizes })

const clamp = (value: number): number => Math.min(255, Math.max(0, value))

function transpose<Pixels extends Plane>({ pixels, width, height }: Pixels): Pixels {
  const out = pixels.slice()
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) out[x * height + y] = pixels[y * width + x]
  return { pixels: out, width: height, height: width } as Pixels
}
