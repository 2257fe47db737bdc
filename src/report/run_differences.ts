/** How much better each run is than the first, on the images that both have tested. */
import { type BootstrapInterval, bootstrap, RESAMPLES } from "../eval/bootstrap.ts"
import { betterOf, type Range } from "../eval/interval.ts"
import { pairedDifference } from "../eval/paired.ts"
import { multiclassMetrics } from "../eval/types.ts"
import type { RunImage } from "../run/read_run.ts"
import type { RunFiles } from "./run_files.ts"
import { type Shared, scoredPair, sharedImages } from "./shared_images.ts"

export interface RunDifference {
  /** Folders: the first run, and the one compared to it. */
  a: string
  b: string
  /** Images that both have tested. */
  images: number
  /** AUC on those, macro of more than two classes; null where it is not defined. */
  aucA: number | null
  aucB: number | null
  /** b - a. */
  difference: number | null
  interval: Range | null
  /** The folder of the better one where the interval does not hold 0. */
  better: string | null
  /** Why something is null. */
  why?: string
}

export function runDifferences(runs: readonly RunFiles[], seed = 0): RunDifference[] {
  const [first, ...others] = runs
  return others.map((other) => differenceOf(first, other, seed))
}

function differenceOf(a: RunFiles, b: RunFiles, seed: number): RunDifference {
  const names = { a: a.folder, b: b.folder }
  const shared = sharedImages(a, b)
  const none = { aucA: null, aucB: null, difference: null, interval: null, better: null }
  if (typeof shared === "string") return { ...names, images: 0, ...none, why: shared }
  const found = a.classes.length === 2 ? binary(shared, seed) : types(shared, a.classes.length, seed)
  const interval = found.interval.bca ?? found.interval.percentile
  const better = betterOf(interval, b.folder, a.folder)
  const { why } = found.interval
  return {
    ...names,
    images: shared.n,
    aucA: found.a,
    aucB: found.b,
    difference: found.difference,
    interval,
    better,
    ...(why && { why }),
  }
}

interface Found {
  a: number | null
  b: number | null
  difference: number | null
  interval: BootstrapInterval
}

const binary = (shared: Shared, seed: number): Found => pairedDifference(...scoredPair(shared), { seed })

function types({ a, b }: Shared, classes: number, seed: number): Found {
  const metric = (images: readonly RunImage[]) =>
    multiclassMetrics(
      images.map(({ label }) => label),
      images.map(({ probabilities }) => probabilities),
      images.map(({ answer }) => answer),
      classes,
    )
  const [ofA, ofB] = [metric(a), metric(b)]
  const both = (weights: Float64Array) => {
    const values = { a: ofA(weights.subarray(0, a.length)).all.auc, b: ofB(weights.subarray(a.length)).all.auc }
    return { ...values, difference: values.a === null || values.b === null ? null : values.b - values.a }
  }
  const groups = [...a, ...b].map(({ group }) => group)
  const { difference: interval } = bootstrap(groups, both, { resamples: RESAMPLES, seed })
  return { ...both(new Float64Array(groups.length).fill(1)), interval }
}
