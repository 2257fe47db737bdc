/** The augmentation's kernel against bilinear sampling in float64. */
import { type AugmentRanges, augment, drawTransform, type Transform } from "../../src/layers/augment.ts"
import { Purpose, Random } from "../../src/tensor/random.ts"
import type { TensorGpu } from "../../src/tensor/tensor_gpu.ts"
import { compare, plain } from "./gradcheck.ts"

/** All kinds of transform, in ranges that reach beyond the image. */
export const everyKind: AugmentRanges = {
  rotation: 25,
  zoom: 0.2,
  shift: 0.15,
  shear: 12,
  flipHorizontal: true,
  flipVertical: true,
  brightness: 0.2,
  contrast: 0.3,
}

export type ImageShape = [n: number, c: number, h: number, w: number]

/** Gray values from 0 to 1. */
export function noise([n, c, h, w]: ImageShape, seed = 3): Float32Array {
  const random = new Random(seed, Purpose.test)
  return Float32Array.from({ length: n * c * h * w }, () => random.uniform())
}

/** Each output pixel by itself, from the definition; black outside. */
export function sampled([n, c, h, w]: ImageShape, x: Float32Array, transforms: Transform[]): number[] {
  const out: number[] = []
  for (let k = 0; k < n * c; k++) {
    const { matrix, tx, ty, gain, offset } = transforms[Math.floor(k / c)]
    const pixel = (row: number, column: number) =>
      row < 0 || column < 0 || row >= h || column >= w ? 0 : x[(k * h + row) * w + column]
    for (let i = 0; i < h; i++) {
      for (let j = 0; j < w; j++) {
        const [u, v] = [j - (w - 1) / 2, i - (h - 1) / 2]
        const column = (w - 1) / 2 + matrix[0] * u + matrix[1] * v + tx
        const row = (h - 1) / 2 + matrix[2] * u + matrix[3] * v + ty
        let value = 0
        for (const [r, c] of [0, 1].flatMap((r) => [0, 1].map((c) => [Math.floor(row) + r, Math.floor(column) + c])))
          value += (1 - Math.abs(row - r)) * (1 - Math.abs(column - c)) * pixel(r, c)
        out.push(gain * value + offset)
      }
    }
  }
  return out
}

/**
 * Throws naming the first pixel that is off. `norm`: what was done to the gray values before, and
 * is undone after.
 */
export async function checkAugment(gpu: TensorGpu, shape: ImageShape, norm = { mean: 0, sd: 1 }): Promise<void> {
  const x = noise(shape)
  const transforms = Array.from({ length: shape[0] }, (_, image) => drawTransform(everyKind, 11, 2, image, shape[3]))
  const { mean, sd } = norm
  const normalised = x.map((value) => (value - mean) / sd)
  const y = await augment(gpu.tensor(shape, normalised), transforms, norm).read()
  gpu.endStep()
  const gray = y.map((value) => value * sd + mean)
  compare({ name: "augment", terms: 1, atol: 2e-5, rtol: 0 }, "y", gray, plain(shape, sampled(shape, x, transforms)))
}
