import type { Random } from "../tensor/random.ts"

const LATTICE = 32

/**
 * Smooth random field over the plane, values in about [-1, 1], one lattice cell a unit; repeats
 * every 32 cells.
 */
export type Texture = (x: number, y: number) => number

/** Value noise: random numbers on a lattice, joined by a smoothstep in x and y. */
export function valueNoise(random: Random): Texture {
  const lattice = Float32Array.from({ length: LATTICE * LATTICE }, () => random.uniform(-1, 1))
  return (x, y) => {
    const i = Math.floor(x)
    const j = Math.floor(y)
    const fx = smooth(x - i)
    const fy = smooth(y - j)
    const left = i & (LATTICE - 1)
    const right = (i + 1) & (LATTICE - 1)
    const upper = (j & (LATTICE - 1)) * LATTICE
    const lower = ((j + 1) & (LATTICE - 1)) * LATTICE
    const above = lattice[upper + left] * (1 - fx) + lattice[upper + right] * fx
    const below = lattice[lower + left] * (1 - fx) + lattice[lower + right] * fx
    return above * (1 - fy) + below * fy
  }
}

const smooth = (x: number) => x * x * (3 - 2 * x)

/** 0 below `low`, 1 above `high`, smooth between. */
export function smoothstep(low: number, high: number, x: number): number {
  return smooth(Math.min(1, Math.max(0, (x - low) / (high - low))))
}
