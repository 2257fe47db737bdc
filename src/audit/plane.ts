/** Planes of gray values, as the audit works on them. */

/** Gray values [height, width], row by row. */
export interface Plane {
  values: Float32Array
  width: number
  height: number
}

/** Convolved with a Gaussian of `sigma` pixels; the border's values go on outside. */
export function blur({ values, width, height }: Plane, sigma: number): Plane {
  const kernel = gaussian(sigma)
  const across = new Float32Array(values.length)
  const out = new Float32Array(values.length)
  convolveRows(values, across, width, height, kernel)
  convolveColumns(across, out, width, height, kernel)
  return { values: out, width, height }
}

/**
 * Twice over, the mean of (2 radius + 1) x (2 radius + 1) pixels, beyond the border 0; near a
 * Gaussian, and as fast for any radius.
 */
export function boxBlur({ values, width, height }: Plane, radius: number): Float32Array {
  let now: Float32Array = values
  let next: Float32Array = new Float32Array(values.length)
  const spare = new Float32Array(values.length)
  const pass = (stride: number, length: number, lines: number, step: number) => {
    for (let line = 0; line < lines; line++) runningMean(now, next, line * step, stride, length, radius)
    const former = now
    now = next
    next = former === values ? spare : former
  }
  for (let round = 0; round < 2; round++) {
    pass(1, width, height, width)
    pass(width, height, width, 1)
  }
  return now
}

function runningMean(from: Float32Array, to: Float32Array, start: number, stride: number, n: number, r: number): void {
  const factor = 1 / (2 * r + 1)
  let sum = 0
  for (let k = 0; k < Math.min(r, n); k++) sum += from[start + k * stride]
  for (let k = 0; k < n; k++) {
    if (k + r < n) sum += from[start + (k + r) * stride]
    if (k > r) sum -= from[start + (k - r - 1) * stride]
    to[start + k * stride] = sum * factor
  }
}

/** Every second pixel of every second row. */
export function halve({ values, width, height }: Plane): Plane {
  const [w, h] = [width >> 1, height >> 1]
  const out = new Float32Array(w * h)
  for (let y = 0; y < h; y++) for (let x = 0; x < w; x++) out[y * w + x] = values[2 * y * width + 2 * x]
  return { values: out, width: w, height: h }
}

/** Means of 2 x 2 pixels. */
export function halveByMean({ values, width, height }: Plane): Plane {
  const [w, h] = [width >> 1, height >> 1]
  const out = new Float32Array(w * h)
  for (let y = 0; y < h; y++)
    for (let x = 0; x < w; x++) {
      const i = 2 * y * width + 2 * x
      out[y * w + x] = (values[i] + values[i + 1] + values[i + width] + values[i + width + 1]) / 4
    }
  return { values: out, width: w, height: h }
}

/** Between the four pixels around (x, y), which must lie in 0 .. width - 1 and 0 .. height - 1. */
export function sample({ values, width, height }: Plane, x: number, y: number): number {
  const left = Math.min(Math.floor(x), width - 2)
  const top = Math.min(Math.floor(y), height - 2)
  const [fx, fy] = [x - left, y - top]
  const i = top * width + left
  const upper = values[i] + fx * (values[i + 1] - values[i])
  const lower = values[i + width] + fx * (values[i + width + 1] - values[i + width])
  return upper + fy * (lower - upper)
}

/** Weights at 0, 1, 2 ... pixels from the middle. */
function gaussian(sigma: number): Float32Array {
  const half = Float32Array.from({ length: Math.ceil(3 * sigma) + 1 }, (_, i) =>
    Math.exp(-(i * i) / (2 * sigma * sigma)),
  )
  const sum = half.reduce((total, weight) => total + 2 * weight, -half[0])
  return half.map((weight) => weight / sum)
}

function convolveRows(from: Float32Array, to: Float32Array, width: number, height: number, kernel: Float32Array): void {
  const radius = kernel.length - 1
  const row = new Float32Array(width + 2 * radius)
  for (let y = 0; y < height; y++) {
    const start = y * width
    row.set(from.subarray(start, start + width), radius)
    row.fill(from[start], 0, radius)
    row.fill(from[start + width - 1], radius + width)
    for (let x = 0; x < width; x++) {
      let sum = kernel[0] * row[x + radius]
      for (let k = 1; k <= radius; k++) sum += kernel[k] * (row[x + radius - k] + row[x + radius + k])
      to[start + x] = sum
    }
  }
}

function convolveColumns(
  from: Float32Array,
  to: Float32Array,
  width: number,
  height: number,
  kernel: Float32Array,
): void {
  for (let y = 0; y < height; y++) {
    const start = y * width
    for (let x = 0; x < width; x++) to[start + x] = kernel[0] * from[start + x]
    for (let k = 1; k < kernel.length; k++) {
      const [above, below] = [Math.max(0, y - k) * width, Math.min(height - 1, y + k) * width]
      const weight = kernel[k]
      for (let x = 0; x < width; x++) to[start + x] += weight * (from[above + x] + from[below + x])
    }
  }
}
