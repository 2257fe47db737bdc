/**
 * Predictors that never look at a bone. What they can tell of a data set's classes, its pixels
 * leak.
 */
import { PNG } from "pngjs"
import type { Dataset, InMemory } from "../../src/data/dataset.ts"
import { imageAt } from "../../src/data/pixels.ts"
import { Purpose, Random } from "../../src/tensor/random.ts"

/**
 * Area under the ROC curve: the share of (positive, negative) pairs in the right order, ties half.
 */
export function rocAuc(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  const order = Array.from(scores, (_, i) => i).sort((a, b) => scores[a] - scores[b])
  let [sum, positives] = [0, 0]
  for (let low = 0; low < order.length; ) {
    let high = low
    while (high < order.length && scores[order[high]] === scores[order[low]]) high++
    for (let i = low; i < high; i++) {
      if (labels[order[i]] === 0) continue
      sum += (low + high + 1) / 2
      positives++
    }
    low = high
  }
  return (sum - (positives * (positives + 1)) / 2) / (positives * (order.length - positives))
}

/**
 * AUC of one figure an image, whichever way round it predicts better: no cross-validation can give
 * it more.
 */
export function figureAuc(data: Dataset, figure: (pixels: Uint8Array, size: number) => number): number {
  const scores = data.files.map((_, i) => figure(imageAt(data, i), data.size))
  const auc = rocAuc(scores, data.labels)
  return Math.max(auc, 1 - auc)
}

export function mean(pixels: ArrayLike<number>): number {
  let sum = 0
  for (let k = 0; k < pixels.length; k++) sum += pixels[k]
  return sum / pixels.length
}

export function spread(pixels: ArrayLike<number>): number {
  const middle = mean(pixels)
  let sum = 0
  for (let k = 0; k < pixels.length; k++) sum += (pixels[k] - middle) ** 2
  return Math.sqrt(sum / pixels.length)
}

/** Spread of the Laplacian, the usual measure of focus. */
export function sharpness(pixels: Uint8Array, size: number): number {
  const laplacian: number[] = []
  for (let i = 1; i < size - 1; i++) {
    for (let k = i * size + 1; k < (i + 1) * size - 1; k++) {
      laplacian.push(4 * pixels[k] - pixels[k - 1] - pixels[k + 1] - pixels[k - size] - pixels[k + size])
    }
  }
  return spread(laplacian)
}

export function fileSize(pixels: Uint8Array, size: number): number {
  const png = new PNG({ width: size, height: size })
  png.data = Buffer.from(pixels)
  return PNG.sync.write(png, { colorType: 0, inputColorType: 0, bitDepth: 8 }).length
}

/**
 * Out-of-fold AUC of logistic regression on the standardised pixels in five folds, for each L2
 * penalty. Solved in the dual, f = K a with K = X X^T, where there are fewer unknowns than pixels;
 * K is scaled by the number of pixels.
 */
export function pixelAucs(data: InMemory, penalties: number[]): number[] {
  const gram = gramMatrix(data)
  const fold = drawFolds(data)
  return penalties.map((penalty) => rocAuc(outOfFold(data, gram, fold, penalty), data.labels))
}

/** A fold 0 .. 4 for each image, both classes spread evenly. */
function drawFolds(data: Dataset): number[] {
  const fold = new Array<number>(data.files.length)
  const random = new Random(0, Purpose.test)
  for (const label of [0, 1]) {
    const members = random.shuffle(data.files.map((_, i) => i).filter((i) => data.labels[i] === label))
    members.forEach((image, i) => {
      fold[image] = i % 5
    })
  }
  return fold
}

function outOfFold(data: Dataset, gram: Float64Array[], fold: number[], penalty: number): Float64Array {
  const scores = new Float64Array(fold.length)
  for (let k = 0; k < 5; k++) {
    const train = fold.flatMap((f, i) => (f === k ? [] : [i]))
    const kernel = train.map((i) => Float64Array.from(train, (j) => gram[i][j]))
    const a = fitDual(
      kernel,
      train.map((i) => data.labels[i]),
      penalty,
    )
    fold.forEach((f, i) => {
      if (f === k) scores[i] = train.reduce((sum, j, m) => sum + gram[i][j] * a[m], 0)
    })
  }
  return scores
}

/**
 * Inner products of the images, each pixel standardised over the set, over the number of pixels.
 */
function gramMatrix({ pixels, size, files }: InMemory): Float64Array[] {
  const area = size * size
  const rows = files.map(() => new Float64Array(area))
  for (let p = 0; p < area; p++) {
    const column = files.map((_, i) => pixels[i * area + p])
    const middle = mean(column)
    const scale = 1 / Math.max(1, spread(column))
    column.forEach((value, i) => {
      rows[i][p] = (value - middle) * scale
    })
  }
  const gram = rows.map(() => new Float64Array(rows.length))
  for (let i = 0; i < rows.length; i++) {
    for (let j = 0; j <= i; j++) {
      gram[i][j] = gram[j][i] = dot(rows[i], rows[j], area) / area
    }
  }
  return gram
}

/**
 * Newton's method as reweighted least squares, until a step is small: (K + penalty W^-1) a = K a +
 * W^-1 (t - p).
 */
function fitDual(kernel: Float64Array[], targets: number[], penalty: number): Float64Array {
  let a: Float64Array = new Float64Array(targets.length)
  let f = targets.map(() => 0)
  for (let iteration = 0; iteration < 8; iteration++) {
    const p = f.map((value) => 1 / (1 + Math.exp(-value)))
    const w = p.map((value) => Math.max(1e-4, value * (1 - value)))
    const system = kernel.map((row, i) => row.map((value, j) => value + (i === j ? penalty / w[i] : 0)))
    a = solve(
      system,
      f.map((value, i) => value + (targets[i] - p[i]) / w[i]),
    )
    const before = f
    f = kernel.map((row) => dot(row, a, a.length))
    if (f.every((value, i) => Math.abs(value - before[i]) < 1e-3)) break
  }
  return a
}

/**
 * Over the first `count` elements. Two sums side by side: a single one waits for each of its
 * additions.
 */
function dot(u: Float64Array, v: Float64Array, count: number): number {
  let [even, odd] = [0, 0]
  let k = 0
  for (; k + 1 < count; k += 2) {
    even += u[k] * v[k]
    odd += u[k + 1] * v[k + 1]
  }
  return k < count ? even + odd + u[k] * v[k] : even + odd
}

/**
 * Solves A x = b for symmetric positive definite A by its Cholesky factor, which takes A's place.
 */
function solve(A: Float64Array[], b: number[]): Float64Array {
  const n = b.length
  const x = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) A[i][j] = (A[i][j] - dot(A[i], A[j], j)) / A[j][j]
    A[i][i] = Math.sqrt(A[i][i] - dot(A[i], A[i], i))
    x[i] = (b[i] - dot(A[i], x, i)) / A[i][i]
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i] -= A[k][i] * x[k]
    x[i] /= A[i][i]
  }
  return x
}
