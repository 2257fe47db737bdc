/**
 * Random numbers as counters: every draw is a pure function of (seed, purpose, step, index), so
 * nothing has to be stored or replayed and a resumed run draws what the undisturbed one would have
 * drawn.
 *
 * The hash is pcg4d of Jarzynski and Olano, "Hash Functions for GPU Rendering", JCGT 9(3), 2020,
 * https://jcgt.org/published/0009/03/02/ ; `src/shaders/elementwise/dropout.wgsl` holds the same
 * one.
 */
export const Purpose = {
  init: 1,
  shuffle: 2,
  dropout: 3,
  augment: 4,
  folds: 5,
  phantom: 6,
  validation: 7,
  test: 8,
  bootstrap: 9,
  repeat: 10,
  forest: 12,
} as const

/** Four 32-bit words from four 32-bit counters; the whole of the randomness of this project. */
export function pcg4d(seed: number, purpose: number, step: number, index: number): [number, number, number, number] {
  let x = (Math.imul(seed, 1664525) + 1013904223) >>> 0
  let y = (Math.imul(purpose, 1664525) + 1013904223) >>> 0
  let z = (Math.imul(step, 1664525) + 1013904223) >>> 0
  let w = (Math.imul(index, 1664525) + 1013904223) >>> 0
  const mix = () => {
    x = (x + Math.imul(y, w)) >>> 0
    y = (y + Math.imul(z, x)) >>> 0
    z = (z + Math.imul(x, y)) >>> 0
    w = (w + Math.imul(y, z)) >>> 0
  }
  mix()
  x ^= x >>> 16
  y ^= y >>> 16
  z ^= z >>> 16
  w ^= w >>> 16
  mix()
  return [x, y, z, w]
}

/** A stream of draws for one (seed, purpose, step): index 0, 1, 2, ... */
export class Random {
  #index = 0
  constructor(
    readonly seed: number,
    readonly purpose: number,
    readonly step = 0,
  ) {}

  /** An integer, uniform over the 2^32 words. */
  word(): number {
    return pcg4d(this.seed, this.purpose, this.step, this.#index++)[0]
  }

  /** Uniform in [low, high); 2^-32 resolution. */
  uniform(low = 0, high = 1): number {
    return low + (high - low) * (this.word() / 2 ** 32)
  }

  /** Normal by the Box-Muller transform: one draw a call. */
  normal(mean = 0, sd = 1): number {
    const [a, b] = pcg4d(this.seed, this.purpose, this.step, this.#index++)
    return mean + sd * Math.sqrt(-2 * Math.log((a + 1) / 2 ** 32)) * Math.cos((2 * Math.PI * b) / 2 ** 32)
  }

  /** An integer, uniform in 0 .. n-1. */
  integer(n: number): number {
    return Math.floor(this.uniform() * n)
  }

  /** The items in a random order (Fisher-Yates); the argument stays as it is. */
  shuffle<T>(items: readonly T[]): T[] {
    const out = [...items]
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.integer(i + 1)
      ;[out[i], out[j]] = [out[j], out[i]]
    }
    return out
  }
}
