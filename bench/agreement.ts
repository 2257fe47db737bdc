/**
 * Whether programs that train the same network from the same weights on the same batch come to the
 * same losses.
 */

export interface Curve {
  name: string
  /** Before each update, from the first on. */
  losses: readonly number[]
}

/** Loss by loss, relative to the other's; as many as both have. */
const differences = (curve: Curve, reference: Curve): number[] =>
  reference.losses
    .slice(0, curve.losses.length)
    .map((expected, step) => Math.abs(curve.losses[step] - expected) / Math.abs(expected))

/** The largest of them. */
export const furthest = (curve: Curve, reference: Curve): number => Math.max(...differences(curve, reference))

/**
 * One sentence for each curve that leaves the reference, about the step where it does; none where
 * all agree.
 */
export function disagreements(curves: readonly Curve[], reference: Curve, within: number): string[] {
  return curves.flatMap((curve) => {
    // A loss that is no number is not within anything.
    const step = differences(curve, reference).findIndex((difference) => !(difference <= within))
    if (step < 0) return []
    const [loss, expected] = [curve, reference].map(({ losses }) => losses[step])
    return [
      `step ${step}: the loss of ${curve.name} is ${loss}, of ${reference.name} ${expected}; ${within} is allowed`,
    ]
  })
}
