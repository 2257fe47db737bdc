/** What conv2d.ts is timed on. */
import type { Shape } from "../src/tensor/tensor.ts"

interface ConvolutionShape {
  /** [N,C,H,W] */
  x: Shape
  o: number
  k: number
  stride: number
  padding: number
}

const same = (c: number, o: number, side: number): ConvolutionShape => ({
  x: [32, c, side, side],
  o,
  k: 3,
  stride: 1,
  padding: 1,
})

export const SHAPES: Record<string, ConvolutionShape> = {
  "refnet-s-1": same(1, 16, 64),
  "refnet-s-2": same(16, 32, 32),
  "refnet-s-3": same(32, 64, 16),
  "small-1": { x: [32, 1, 64, 64], o: 12, k: 5, stride: 2, padding: 2 },
  "small-2": same(12, 24, 32),
  "small-3": same(24, 48, 16),
  "tiny-8": same(32, 64, 8),
  "tiny-6": same(48, 48, 6),
  "strided-96": { x: [32, 1, 96, 96], o: 16, k: 3, stride: 2, padding: 1 },
  "seed-1": { x: [32, 1, 128, 128], o: 32, k: 3, stride: 1, padding: 0 },
  "seed-2": { x: [32, 32, 63, 63], o: 64, k: 3, stride: 1, padding: 0 },
  "seed-3": { x: [32, 64, 30, 30], o: 128, k: 3, stride: 1, padding: 0 },
}
