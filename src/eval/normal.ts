/** The standard normal distribution. */

/** Density at z. */
const density = (z: number): number => Math.exp(-(z * z) / 2) / Math.sqrt(2 * Math.PI)

/**
 * P(Z <= z) by the series 1/2 + density(z) (z + z^3/3 + z^5/15 + ...): Marsaglia, "Evaluating the
 * Normal Distribution", J Stat Softw 11(4), 2004. To about 1e-15 where |z| < 7; beyond 8 it is 0 or
 * 1.
 */
export function normalCdf(z: number): number {
  if (Math.abs(z) > 8) return z > 0 ? 1 : 0
  let sum = 0
  let term = z
  for (let k = 3; sum + term !== sum; k += 2) {
    sum += term
    term *= (z * z) / k
  }
  return Math.min(1, Math.max(0, 0.5 + sum * density(z)))
}

/**
 * The z with normalCdf(z) = p, by Newton's method from 0: on either side of 0 the distribution
 * function bends towards it, so no step goes too far. -Infinity at 0, Infinity at 1.
 */
export function normalQuantile(p: number): number {
  if (p <= 0) return -Infinity
  if (p >= 1) return Infinity
  let z = 0
  for (let step = 0; step < 200; step++) {
    const move = (normalCdf(z) - p) / density(z)
    z -= move
    if (Math.abs(move) < 1e-14) break
  }
  return z
}
