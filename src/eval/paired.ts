/** Whether one set of predictions is better than another of the same patients. */
import { averagePrecision, rocAuc } from "./auc.ts"
import { type BootstrapInterval, type BootstrapOptions, bootstrap, RESAMPLES } from "./bootstrap.ts"
import type { Scored } from "./curves.ts"
import { ranking } from "./ranking.ts"

const metrics = { auc: rocAuc, averagePrecision } as const

export interface PairedDifference {
  a: number | null
  b: number | null
  /** b - a, with its interval: where that does not hold 0, the difference is more than chance. */
  difference: number | null
  interval: BootstrapInterval
}

/**
 * The difference of a metric between two sets of predictions, by a paired bootstrap: each resample
 * of groups is the same in both, so that what is hard for both cancels out. The sets may have
 * several predictions an image (repeats), but must be of the same groups.
 *
 * @throws when a group is in one of the sets only
 */
export function pairedDifference(
  a: Scored,
  b: Scored,
  options: Partial<BootstrapOptions> & { metric?: keyof typeof metrics } = {},
): PairedDifference {
  checkSameGroups(a.groups, b.groups)
  const { metric = "auc", resamples = RESAMPLES, seed = 0 } = options
  const [figureOfA, figureOfB] = [a, b].map(({ positive, scores }) => {
    const ranks = ranking(scores)
    return (weights: Float64Array) => metrics[metric](positive, scores, weights, ranks)
  })
  const both = (weights: Float64Array) => {
    const values = {
      a: figureOfA(weights.subarray(0, a.groups.length)),
      b: figureOfB(weights.subarray(a.groups.length)),
    }
    return { ...values, difference: values.a === null || values.b === null ? null : values.b - values.a }
  }
  const groups = [...a.groups, ...b.groups]
  const { difference: interval } = bootstrap(groups, both, { resamples, seed })
  return { ...both(new Float64Array(groups.length).fill(1)), interval }
}

function checkSameGroups(a: readonly string[], b: readonly string[]): void {
  const [inA, inB] = [new Set(a), new Set(b)]
  const alone = [...inA].filter((group) => !inB.has(group)).concat([...inB].filter((group) => !inA.has(group)))
  if (alone.length === 0) return
  const some = alone.slice(0, 3).join(", ") + (alone.length > 3 ? ", ..." : "")
  throw new Error(
    `pairedDifference: ${alone.length} of ${new Set([...a, ...b]).size} groups are in one of the two sets only: ${some}. ` +
      "Compare predictions of the same images, grouped in the same way.",
  )
}
