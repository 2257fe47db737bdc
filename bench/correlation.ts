/** Pearson's, of two maps; 0 where one of them is even. */
export function correlation(a: Float32Array, b: Float32Array): number {
  const [p, q] = [a, b].map((x) => {
    const mean = x.reduce((sum, value) => sum + value, 0) / x.length
    return x.map((value) => value - mean)
  })
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, i) => sum + value * y[i], 0)
  return dot(p, q) / Math.sqrt(dot(p, p) * dot(q, q) || 1)
}
