/**
 * The minimum of a smooth convex function by limited-memory BFGS: Nocedal and Wright, "Numerical Optimization", 2nd edition,
 * algorithms 7.4 and 7.5, with a backtracking line search.
 */
import type { Breath } from "./breath.ts"
import { dot } from "./features.ts"

/** Steps that are remembered. */
const MEMORY = 10

/** The function's value at `x`; its gradient is written to `gradient`. */
export type Smooth = (x: Float64Array, gradient: Float64Array) => number

interface Step {
  s: Float64Array
  y: Float64Array
  rho: number
}

/**
 * @param options.tolerance ends where the gradient is no longer than that
 * @param options.iterations at most so many
 */
export async function minimise(
  f: Smooth,
  start: Float64Array,
  options: { tolerance: number; iterations: number },
  breath: Breath,
): Promise<Float64Array> {
  let x = start
  let gradient = new Float64Array(x.length)
  let value = f(x, gradient)
  const steps: Step[] = []
  for (let k = 0; k < options.iterations; k++) {
    await breath()
    const length = Math.sqrt(dot(gradient, gradient))
    if (length <= options.tolerance) break
    const direction = descent(gradient, steps)
    const slope = dot(direction, gradient)
    // The first step has nothing to know its length by.
    let size = steps.length === 0 ? Math.min(1, 1 / length) : 1
    let next = x
    const there = new Float64Array(x.length)
    let reached = value
    for (; size > 1e-12; size /= 2) {
      next = x.map((coordinate, j) => coordinate + size * direction[j])
      reached = f(next, there)
      if (reached <= value + 1e-4 * size * slope) break
    }
    // Nothing is gained any more: rounding is all that is left.
    if (!(reached < value)) break
    remember(steps, next.map((coordinate, j) => coordinate - x[j]), there.map((partial, j) => partial - gradient[j])) // biome-ignore format: a pair
    x = next
    gradient = there
    value = reached
  }
  return x
}

function remember(steps: Step[], s: Float64Array, y: Float64Array): void {
  const curvature = dot(s, y)
  if (curvature <= 0) return
  steps.push({ s, y, rho: 1 / curvature })
  if (steps.length > MEMORY) steps.shift()
}

/** -H gradient, H being the inverse of the curvature as the steps have it. */
function descent(gradient: Float64Array, steps: readonly Step[]): Float64Array {
  const q = gradient.map((partial) => -partial)
  const add = (factor: number, v: Float64Array) => {
    for (let j = 0; j < q.length; j++) q[j] += factor * v[j]
  }
  const alphas = steps.toReversed().map(({ s, y, rho }) => {
    const alpha = rho * dot(s, q)
    add(-alpha, y)
    return alpha
  })
  const last = steps.at(-1)
  if (last) {
    const scale = 1 / (last.rho * dot(last.y, last.y))
    for (let j = 0; j < q.length; j++) q[j] *= scale
  }
  for (const { s, y, rho } of steps) add(alphas.pop()! - rho * dot(y, q), s)
  return q
}
