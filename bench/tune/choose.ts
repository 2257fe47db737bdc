/**
 * The choice of kernels for all passes together, a pure function: what counts is the run from start to end, in which each
 * pass takes its time in every step, and each pipeline is compiled once, however many passes share it.
 */

/** A kernel that was verified and timed. */
export interface Option {
  name: string
  /** Passes with the same share what it costs to compile. */
  pipeline: string
  /** Milliseconds a step. */
  ms: number
  /** Whether it is faster than the default beyond chance. */
  faster: boolean
}

/** The options of a pass; the first is the default, unless that is wrong. */
export type Options = readonly Option[]

export interface Costs {
  /** Milliseconds of each pipeline. */
  compile: ReadonlyMap<string, number>
  steps: number
}

/** Milliseconds of a run with these kernels, as far as they go. */
export function runMs(chosen: readonly Option[], { compile, steps }: Costs): number {
  const pipelines = new Set(chosen.map(({ pipeline }) => pipeline))
  return stepMs(chosen) * steps + [...pipelines].reduce((sum, pipeline) => sum + (compile.get(pipeline) ?? 0), 0)
}

export const stepMs = (chosen: readonly Option[]): number => chosen.reduce((sum, { ms }) => sum + ms, 0)

/** Compile times are measured once, and a machine's speed drifts: less than this part of the default's counts as less. */
const CLEARLY = 0.5

/**
 * Starts from the defaults and changes, one pass or all passes to one pipeline at a time, whatever makes the run shortest,
 * until nothing does. An option that is not faster beyond chance counts only where it compiles in clearly less time.
 */
export function choose(passes: readonly Options[], costs: Costs): Option[] {
  const compileMs = ({ pipeline }: Option) => costs.compile.get(pipeline) ?? 0
  const allowed = passes.map(([first, ...others]) => [
    first,
    ...others.filter((option) => option.faster || compileMs(option) < CLEARLY * compileMs(first)),
  ])
  let chosen = passes.map(([first]) => first)
  for (;;) {
    const best = moves(chosen, allowed).reduce((a, b) => (runMs(b, costs) < runMs(a, costs) ? b : a), chosen)
    if (best === chosen) return chosen
    chosen = best
  }
}

function moves(chosen: readonly Option[], allowed: readonly Options[]): Option[][] {
  const single = allowed.flatMap((options, pass) => options.map((option) => chosen.with(pass, option)))
  const pipelines = new Set(allowed.flat().map(({ pipeline }) => pipeline))
  const all = [...pipelines].map((wanted) =>
    chosen.map((now, pass) => allowed[pass].find(({ pipeline }) => pipeline === wanted) ?? now),
  )
  return [...single, ...all]
}
