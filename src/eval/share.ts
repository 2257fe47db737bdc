/** A share of items with its interval. */
import { type Estimate, estimates } from "./estimates.ts"
import { wilson } from "./interval.ts"

/**
 * The interval is Wilson's if each item is a group of its own, else by the bootstrap over groups;
 * if that says nothing, Wilson's again, cautiously with groups as trials.
 *
 * @param yes 1 for each item that counts, 0 for the others
 * @param groups the group of each item
 */
export function shareOf(yes: readonly number[], groups: readonly string[]): Estimate {
  const trials = new Set(groups).size
  const value = yes.length === 0 ? null : yes.reduce((sum, one) => sum + one, 0) / yes.length
  if (value === null) return { value, interval: null, why: "there are no items" }
  if (trials < groups.length) {
    const { share } = estimates(groups, (weights) => ({ share: weighted(yes, weights) }))
    if (share.interval !== null) return share
  }
  return { value, interval: wilson(value === 1 ? trials : value * trials, trials) }
}

function weighted(yes: readonly number[], weights: Float64Array): number | null {
  let [sum, all] = [0, 0]
  for (const [i, weight] of weights.entries()) {
    sum += weight * yes[i]
    all += weight
  }
  return all === 0 ? null : sum / all
}
