/**
 * Which kernel computes something, as data: a plan is a dispatch without its tensors, and a choice
 * is an ordered list of candidates, of which the first that applies is taken.
 */
import type { AdapterInfo } from "./adapter.ts"
import type { Consts } from "./kernel.ts"

/** A dispatch, but for its tensors. */
export interface Plan {
  kernel: string
  params: Readonly<Record<string, number>>
  /** One to three dimensions. */
  threads: readonly number[]
  consts: Consts
  /** How fast the kernel is, if it is slower than those by tiles or blocks. */
  speed?: "plain" | "few"
  /** Tile or block, as one of its candidate's `variants`. */
  variant?: string
  /** The candidate that was taken, with the variant, as a table of `cnn tune` names it. */
  candidate?: string
  /** Why it was taken. */
  why?: string
}

/** What a choice depends on, besides the work. */
export type Adapter = Pick<AdapterInfo, "kind" | "subgroupSize" | "kernels" | "tuned" | "without">

/** One way to compute a kind of work. */
export interface Candidate<Work, P extends Plan = Plan> {
  name: string
  /** When it applies, in words. */
  when: string
  applies(adapter: Adapter, work: Work): boolean
  /**
   * Names of tiles or blocks that `cnn tune` may choose for it, as a stored table has them behind
   * the candidate's name.
   */
  variants?: readonly string[]
  /**
   * The best plan for adapter and work; undefined if none fits.
   *
   * @param variant one of `variants`, to be taken instead of the best
   */
  plan(adapter: Adapter, work: Work, variant?: string): P | undefined
}

/**
 * The plan of the first candidate that applies and fits; undefined if there is none. The last
 * candidate is the plain kernel, which CNN_KERNELS=plain takes.
 *
 * @param named candidate and variant that a table of `cnn tune` names for the work, as "tiles
 * 4x4x8"; goes before all others. A name that there is not, or whose kernel does not take the work,
 * counts for nothing: a stale or damaged table can cost time, never correctness.
 */
export function choose<Work, P extends Plan>(
  candidates: readonly Candidate<Work, P>[],
  adapter: Adapter,
  work: Work,
  named?: string,
): P | undefined {
  if (adapter.kernels === "plain") {
    const plain = candidates.at(-1)
    return plain && taken(plain, plain.plan(adapter, work), "CNN_KERNELS=plain")
  }
  const tuned = named === undefined ? undefined : planNamed(candidates, adapter, work, named)
  if (tuned) return tuned
  for (const candidate of candidates) {
    const plan = candidate.applies(adapter, work) ? candidate.plan(adapter, work) : undefined
    if (plan && !adapter.without?.has(plan.kernel)) return taken(candidate, plan, candidate.when)
  }
  return undefined
}

const taken = <P extends Plan>({ name }: { name: string }, plan: P | undefined, why: string): P | undefined =>
  plan && { ...plan, candidate: plan.variant ? `${name} ${plan.variant}` : name, why }

/** All that a table may name. */
export const namesOf = (candidates: readonly Candidate<never>[]): string[] =>
  candidates.flatMap(({ name, variants }) => variants?.map((variant) => `${name} ${variant}`) ?? [name])

function planNamed<Work, P extends Plan>(
  candidates: readonly Candidate<Work, P>[],
  adapter: Adapter,
  work: Work,
  named: string,
): P | undefined {
  const [name, variant] = named.split(" ")
  const candidate = candidates.find((one) => one.name === name)
  if (!candidate || (candidate.variants ? !candidate.variants.includes(variant) : named !== name)) return undefined
  return taken(candidate, candidate.plan(adapter, work, variant), `the table of cnn tune names ${named}`)
}

/**
 * Multiply-adds of about 100 ms, so that no dispatch takes 200 ms on the slowest adapter (see
 * tensor/rows.ts). SwiftShader on two cores does 2.5 a nanosecond in kernels by tiles, in those for
 * few channels half as many, and 0.12 in plain ones (`npx cnn bench conv2d_forward`, 2026-11-24).
 * For GPUs these are a guess at the slowest that is in use.
 */
const MOST = { software: { plain: 12e6, few: 100e6, tiles: 200e6 }, gpu: { plain: 200e6, few: 1e9, tiles: 2e9 } }

/**
 * The number of dispatches that a plan should be cut into. Estimated rather than measured, so that
 * runs stay reproducible.
 */
export const piecesOf = ({ kind }: Pick<Adapter, "kind">, { speed }: Plan, multiplyAdds: number): number =>
  Math.ceil(multiplyAdds / MOST[kind][speed ?? "tiles"])

/** `[first, count]` of about so many pieces that `total` is cut into, at least one thing each. */
export function stretches(total: number, pieces: number): [first: number, count: number][] {
  const most = Math.max(1, Math.round(total / Math.max(1, pieces)))
  return Array.from({ length: Math.ceil(total / most) }, (_, i) => [i * most, Math.min(most, total - i * most)])
}
