/** (x, y) goes to (a x + b y + c, d x + e y + f). */
export interface Affine {
  a: number
  b: number
  c: number
  d: number
  e: number
  f: number
}

export const determinant = ({ a, b, d, e }: Affine): number => a * e - b * d

/** The same map between images whose pixels are `factor` times as many a side. */
export const rescaled = ({ a, b, c, d, e, f }: Affine, factor: number): Affine => ({
  a,
  b,
  c: factor * c,
  d,
  e,
  f: factor * f,
})
