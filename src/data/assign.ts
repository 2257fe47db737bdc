import type { Random } from "../tensor/random.ts"

/** A group as the assignment sees it: how many images of each class it holds. */
type ClassCounts = readonly number[]

/**
 * Deals groups to bins so that bin b gets `targets[b]` of every class and of all images, as nearly
 * as whole groups allow. Returns the bin of each group. Before evenness comes coverage: no bin
 * without a class if that can be helped.
 *
 * The greedy pass is that of scikit-learn's StratifiedGroupKFold (random order, the most uneven
 * groups first, each to the bin where it does least harm), but with squared deviations from the
 * targets in place of standard deviations, since targets may differ here, and with groups of
 * several classes first: with two classes this covers every bin whenever it is possible at all.
 * Moves and swaps of groups then improve on it until none helps.
 * https://scikit-learn.org/stable/modules/generated/sklearn.model_selection.StratifiedGroupKFold.html
 */
export function assignGroups(groups: ClassCounts[], targets: number[], random: Random): number[] {
  const bins = new Bins(groups, targets)
  const variety = groups.map((counts) => counts.filter((n) => n > 0).length)
  const spread = groups.map((counts) => deviation(counts))
  const order = random.shuffle([...groups.keys()]).sort((a, b) => variety[b] - variety[a] || spread[b] - spread[a])
  for (const group of order) bins.place(group, bins.best(group))
  improve(bins, order)
  return bins.of
}

function deviation(counts: ClassCounts): number {
  const mean = counts.reduce((a, b) => a + b, 0) / counts.length
  return Math.sqrt(counts.reduce((sum, n) => sum + (n - mean) ** 2, 0) / counts.length)
}

/** What a class without images costs a bin of the largest target: more than any unevenness can. */
const EMPTY = 1e4
/** Differences below this are rounding. */
const EPS = 1e-9

class Bins {
  readonly of: number[]
  /** Images of each class in each bin; the last column counts all of them. */
  readonly #held: number[][]
  readonly #counts: number[][]
  readonly #total: number[]
  /**
   * Less for small bins: a class that cannot be in all bins belongs into the large one, the one to
   * train on.
   */
  readonly #empty: number[]

  constructor(
    groups: ClassCounts[],
    readonly targets: number[],
  ) {
    this.#counts = groups.map((counts) => [...counts, counts.reduce((a, b) => a + b, 0)])
    this.#total = (this.#counts[0] ?? []).map((_, c) => this.#counts.reduce((sum, counts) => sum + counts[c], 0))
    this.#held = targets.map(() => this.#total.map(() => 0))
    this.#empty = targets.map((target) => EMPTY * (target / Math.max(...targets)) ** 2)
    this.of = groups.map(() => -1)
  }

  counts(group: number): readonly number[] {
    return this.#counts[group]
  }

  place(group: number, bin: number): void {
    const from = this.of[group]
    for (const [c, n] of this.#counts[group].entries()) {
      if (from >= 0) this.#held[from][c] -= n
      this.#held[bin][c] += n
    }
    this.of[group] = bin
  }

  /** What bin `bin` would cost with group `plus` added and group `minus` taken away. */
  cost(bin: number, plus?: number, minus?: number): number {
    let cost = 0
    const images = this.#total.length - 1
    for (const [c, total] of this.#total.entries()) {
      if (total === 0) continue
      const added = plus === undefined ? 0 : this.#counts[plus][c]
      const removed = minus === undefined ? 0 : this.#counts[minus][c]
      const n = this.#held[bin][c] + added - removed
      cost += (n / total - this.targets[bin]) ** 2 + (n === 0 && c < images ? this.#empty[bin] : 0)
    }
    return cost
  }

  /** The bin that gains most from the group; of equal ones the first. */
  best(group: number): number {
    const gains = this.targets.map((_, bin) => this.cost(bin) - this.cost(bin, group))
    return gains.reduce((best, gain, bin) => (gain > gains[best] + EPS ? bin : best), 0)
  }
}

/** Each accepted step lowers the cost, so it ends; the bound is for time, not for correctness. */
function improve(bins: Bins, order: number[]): void {
  for (let step = 0; step < 500; step++) {
    const kinds = representatives(bins, order)
    if (!kinds.some((group) => tryMove(bins, group)) && !trySwaps(bins, kinds)) return
  }
}

/**
 * One group of each (bin, class counts): the others of its kind would change the cost in the same
 * way.
 */
function representatives(bins: Bins, order: number[]): number[] {
  const kinds = new Map<string, number>()
  for (const group of order) kinds.set(`${bins.of[group]} ${bins.counts(group)}`, group)
  return [...kinds.values()].slice(0, 500)
}

function tryMove(bins: Bins, group: number): boolean {
  const from = bins.of[group]
  const saved = bins.cost(from) - bins.cost(from, undefined, group)
  for (let to = 0; to < bins.targets.length; to++) {
    if (to === from || bins.cost(to, group) - bins.cost(to) >= saved - EPS) continue
    bins.place(group, to)
    return true
  }
  return false
}

function trySwaps(bins: Bins, kinds: number[]): boolean {
  for (const [i, a] of kinds.entries())
    for (const b of kinds.slice(i + 1)) {
      const [from, to] = [bins.of[a], bins.of[b]]
      if (from === to) continue
      const now = bins.cost(from) + bins.cost(to)
      if (bins.cost(from, b, a) + bins.cost(to, a, b) >= now - EPS) continue
      bins.place(a, to)
      bins.place(b, from)
      return true
    }
  return false
}
