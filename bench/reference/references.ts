/**
 * The ops in plain float64 numbers, word for word the formulas at the heads of the layers, loops
 * and nothing clever.
 */
import type { Conv2dOptions } from "../../src/layers/conv2d/conv2d.ts"
import type { PoolOptions } from "../../src/layers/pool.ts"
import { Purpose, pcg4d } from "../../src/tensor/random.ts"
import { type Plain, plain } from "./gradcheck.ts"

const extentOf = (size: number, kernel: number, stride: number, padding: number, dilation = 1) =>
  Math.floor((size + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1

/** Applies a function to each element. */
export const elementwise =
  (f: (...values: number[]) => number) =>
  (...inputs: Plain[]): Plain =>
    plain(
      inputs[0].shape,
      inputs[0].data.map((_, i) => f(...inputs.map(({ data }) => data[i]))),
    )

export const conv2d =
  ({ stride = 1, padding = 0, dilation = 1, groups = 1 }: Conv2dOptions = {}) =>
  (x: Plain, w: Plain, b?: Plain): Plain => {
    const [N, C, H, W] = x.shape
    const [O, CG, KH, KW] = w.shape
    const out = (size: number, kernel: number) => extentOf(size, kernel, stride, padding, dilation)
    const y = plain([N, O, out(H, KH), out(W, KW)])
    fill(y, (n, o, i, j) => {
      const c0 = Math.floor(o / (O / groups)) * CG
      let sum = b ? b.data[o] : 0
      for (let c = 0; c < CG; c++)
        for (let p = 0; p < KH; p++)
          for (let q = 0; q < KW; q++) {
            const [r, s] = [i * stride + p * dilation - padding, j * stride + q * dilation - padding]
            if (r < 0 || r >= H || s < 0 || s >= W) continue
            sum += w.data[((o * CG + c) * KH + p) * KW + q] * x.data[((n * C + c0 + c) * H + r) * W + s]
          }
      return sum
    })
    return y
  }

/** The numbers of x in each window, padding left out, through a function of them. */
const pool =
  (f: (values: number[], kernel: number) => number) =>
  ({ kernel, stride = kernel, padding = 0 }: PoolOptions) =>
  (x: Plain): Plain => {
    const [N, C, H, W] = x.shape
    const y = plain([N, C, extentOf(H, kernel, stride, padding), extentOf(W, kernel, stride, padding)])
    fill(y, (n, c, i, j) => {
      const values: number[] = []
      for (let p = 0; p < kernel; p++)
        for (let q = 0; q < kernel; q++) {
          const [r, s] = [i * stride + p - padding, j * stride + q - padding]
          if (r >= 0 && r < H && s >= 0 && s < W) values.push(x.data[((n * C + c) * H + r) * W + s])
        }
      return f(values, kernel)
    })
    return y
  }

export const maxPool2d = pool((values) => Math.max(...values))
export const avgPool2d = pool((values, kernel) => values.reduce((a, b) => a + b) / kernel ** 2)

export function globalAvgPool(x: Plain): Plain {
  const [N, C, H, W] = x.shape
  const mean = (k: number) => x.data.subarray(k * H * W, (k + 1) * H * W).reduce((a, b) => a + b) / (H * W)
  return plain(
    [N, C],
    Float64Array.from({ length: N * C }, (_, k) => mean(k)),
  )
}

export function matmul(a: Plain, b: Plain): Plain {
  const [M, K] = a.shape
  const [, N] = b.shape
  const y = plain([M, N])
  for (let m = 0; m < M; m++)
    for (let n = 0; n < N; n++) for (let k = 0; k < K; k++) y.data[m * N + n] += a.data[m * K + k] * b.data[k * N + n]
  return y
}

export function dense(x: Plain, w: Plain, b?: Plain): Plain {
  const [O, F] = w.shape
  const transposed = plain([F, O])
  for (let o = 0; o < O; o++) for (let f = 0; f < F; f++) transposed.data[f * O + o] = w.data[o * F + f]
  const y = matmul(x, transposed)
  return plain(
    y.shape,
    y.data.map((value, i) => value + (b ? b.data[i % O] : 0)),
  )
}

/** Normalised with the batch's own statistics, unless running ones are given. */
export const batchNorm2d =
  ({ eps = 1e-5, mean, variance }: { eps?: number; mean?: ArrayLike<number>; variance?: ArrayLike<number> } = {}) =>
  (x: Plain, w: Plain, b: Plain): Plain => {
    const [N, C, H, W] = x.shape
    const y = plain(x.shape)
    for (let c = 0; c < C; c++) {
      const own = [...x.data.keys()].filter((i) => Math.floor(i / (H * W)) % C === c)
      const mu = mean?.[c] ?? own.reduce((sum, i) => sum + x.data[i], 0) / (N * H * W)
      const spread = variance?.[c] ?? own.reduce((sum, i) => sum + (x.data[i] - mu) ** 2, 0) / (N * H * W)
      for (const i of own) y.data[i] = ((x.data[i] - mu) / Math.sqrt(spread + eps)) * w.data[c] + b.data[c]
    }
    return y
  }

/** Each term as -log of a sigmoid, in a form that float64 holds at any logit. */
export const bceWithLogits =
  (posWeight = 1) =>
  (x: Plain, t: Plain): Plain => {
    const softplus = (z: number) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)))
    const terms = x.data.map((z, i) => posWeight * t.data[i] * softplus(-z) + (1 - t.data[i]) * softplus(z))
    return plain([], [terms.reduce((a, b) => a + b) / x.data.length])
  }

export function softmaxCrossEntropy(x: Plain, t: Plain): Plain {
  const [N, C] = x.shape
  let sum = 0
  for (let n = 0; n < N; n++) {
    const row = x.data.subarray(n * C, (n + 1) * C)
    const top = Math.max(...row)
    sum += top + Math.log(row.reduce((all, value) => all + Math.exp(value - top), 0)) - row[t.data[n]]
  }
  return plain([], [sum / N])
}

/** The mask of a dropout's forward number `step`, as the host's generator draws it. */
export const dropoutMask = (n: number, p: number, seed: number, step: number, stream = 0): number[] =>
  Array.from({ length: n }, (_, i) =>
    pcg4d(seed, Purpose.dropout + 256 * stream, step, i)[0] >= p * 2 ** 32 ? Math.fround(1 / (1 - p)) : 0,
  )

/** Calls `f` with the four indices of each element, in order. */
function fill(y: Plain, f: (n: number, c: number, i: number, j: number) => number): void {
  const [N, C, H, W] = y.shape
  let at = 0
  for (let n = 0; n < N; n++)
    for (let c = 0; c < C; c++) for (let i = 0; i < H; i++) for (let j = 0; j < W; j++) y.data[at++] = f(n, c, i, j)
}
