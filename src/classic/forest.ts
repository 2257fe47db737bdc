/**
 * Random forest: Breiman, "Random Forests", Machine Learning 45 (2001), 5-32. Each tree learns from
 * as many rows as there are, drawn with replacement; each split is the best of sqrt(d) features
 * drawn at random, by Gini impurity. What a forest says is the mean of its trees' shares of
 * positives, as
 * https://scikit-learn.org/stable/modules/generated/sklearn.ensemble.RandomForestClassifier.html
 */
import { Purpose, Random } from "../tensor/random.ts"
import type { Breath } from "./breath.ts"
import { type Features, rowOf } from "./features.ts"

export interface ForestOptions {
  trees: number
  /** Rows that a leaf has at least. */
  leaf: number
  seed: number
}

/** A split, or a leaf with its share of positives. */
export type Node = { feature: number; threshold: number; low: Node; high: Node } | { share: number }

/**
 * The training rows with each feature's values as ranks, so that sorting is sorting of whole
 * numbers: rank 2, label 1 becomes 2 * 2 + 1.
 */
interface Ranked {
  d: number
  labels: Uint8Array
  /** [d, n] */
  keys: Uint32Array
  /** The distinct values of each feature, ascending. */
  values: Float32Array[]
}

export async function fitForest(
  x: Features,
  labels: ArrayLike<number>,
  train: readonly number[],
  { trees, leaf, seed }: ForestOptions,
  breath: Breath,
): Promise<Node[]> {
  const ranked = await rank(x, labels, train, breath)
  const forest: Node[] = []
  for (let tree = 0; tree < trees; tree++) {
    const random = new Random(seed, Purpose.forest, tree)
    const drawn = Uint32Array.from(train, () => random.integer(train.length))
    forest.push(grow(ranked, drawn, leaf, random))
    await breath()
  }
  return forest
}

/** Mean share of positives in the leaves that a row falls into. */
export function forestShare(forest: readonly Node[], x: Features, i: number): number {
  const row = rowOf(x, i)
  return forest.reduce((sum, tree) => sum + shareIn(tree, row), 0) / forest.length
}

function shareIn(tree: Node, row: Float32Array): number {
  let node = tree
  while ("feature" in node) node = row[node.feature] <= node.threshold ? node.low : node.high
  return node.share
}

async function rank(x: Features, labels: ArrayLike<number>, train: readonly number[], breath: Breath): Promise<Ranked> {
  const [n, { d }] = [train.length, x]
  const keys = new Uint32Array(n * d)
  const own = Uint8Array.from(train, (i) => (labels[i] === 1 ? 1 : 0))
  const values: Float32Array[] = []
  for (let j = 0; j < d; j++) {
    const column = Float32Array.from(train, (i) => x.values[i * d + j])
    const distinct = Float32Array.from(new Set(column)).sort()
    const rankOf = new Map([...distinct].map((value, at) => [value, at]))
    for (let t = 0; t < n; t++) keys[j * n + t] = 2 * rankOf.get(column[t])! + own[t]
    values.push(distinct)
    await breath()
  }
  return { d, labels: own, keys, values }
}

interface Split {
  feature: number
  /** Goes to the high side. */
  rank: number
  threshold: number
}

function grow(ranked: Ranked, rows: Uint32Array, leaf: number, random: Random): Node {
  const positives = rows.reduce((sum, t) => sum + ranked.labels[t], 0)
  const pure = positives === 0 || positives === rows.length
  const split = pure || rows.length < 2 * leaf ? undefined : bestSplit(ranked, rows, positives, leaf, random)
  if (!split) return { share: positives / rows.length }
  const { feature, rank, threshold } = split
  const isHigh = (t: number) => ranked.keys[feature * ranked.labels.length + t] >> 1 >= rank
  const low = grow(ranked, rows.filter((t) => !isHigh(t)), leaf, random) // biome-ignore format: a pair
  const high = grow(ranked, rows.filter(isHigh), leaf, random) // biome-ignore format: a pair
  return { feature, threshold, low, high }
}

/**
 * The purest split of sqrt(d) features. Gini impurity of both sides is least where the sum over
 * sides of (positives^2 + negatives^2) / rows is greatest. Features that cannot be split do not
 * count; none at all is left out before all have been tried.
 */
function bestSplit(
  { d, labels, keys, values }: Ranked,
  rows: Uint32Array,
  positives: number,
  leaf: number,
  random: Random,
): Split | undefined {
  const n = labels.length
  const m = rows.length
  const wanted = Math.max(1, Math.floor(Math.sqrt(d)))
  const sorted = new Uint32Array(m)
  let best: Split | undefined
  let [most, tried] = [-Infinity, 0]
  for (const feature of drawn(d, random)) {
    for (let t = 0; t < m; t++) sorted[t] = keys[feature * n + rows[t]]
    sorted.sort()
    if (sorted[0] >> 1 === sorted[m - 1] >> 1) continue
    let low = 0
    for (let k = 1; k < m; k++) {
      low += sorted[k - 1] & 1
      const rank = sorted[k] >> 1
      const below = sorted[k - 1] >> 1
      if (rank === below || k < leaf || m - k < leaf) continue
      const high = positives - low
      const purity = (low ** 2 + (k - low) ** 2) / k + (high ** 2 + (m - k - high) ** 2) / (m - k)
      if (purity <= most) continue
      most = purity
      best = { feature, rank, threshold: between(values[feature][below], values[feature][rank]) }
    }
    if (++tried >= wanted) break
  }
  return best
}

/** In the middle, but not so near that rounding would make it the upper one. */
function between(low: number, high: number): number {
  const middle = (low + high) / 2
  return middle < high ? middle : low
}

/** The numbers 0 .. d - 1 in random order, shuffled only as far as they are asked for. */
function* drawn(d: number, random: Random): Generator<number> {
  const moved = new Map<number, number>()
  for (let k = 0; k < d; k++) {
    const at = k + random.integer(d - k)
    yield moved.get(at) ?? at
    moved.set(at, moved.get(k) ?? k)
  }
}
