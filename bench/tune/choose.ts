/**
 * The choice of kernels for all passes together, a pure function: what counts is the run from start
 * to end, in which each pass takes its time in every step, and each pipeline is compiled once,
 * however many passes share it.
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

/**
 * Compile times are measured once, on machines whose speed drifts by as much: what is lost counts
 * twice, what is saved half.
 */
const DOUBT = 2

/** Milliseconds that a run is longer with the second choice, the doubt included. */
function loss(from: readonly Option[], to: readonly Option[], costs: Costs): number {
  const steps = (stepMs(to) - stepMs(from)) * costs.steps
  const compile = runMs(to, costs) - runMs(from, costs) - steps
  return steps + (compile > 0 ? compile * DOUBT : compile / DOUBT)
}

/**
 * Starts from the defaults and changes, one pass or all passes to one pipeline at a time, whatever
 * shortens the run most, until nothing does. An option that is not faster beyond chance counts only
 * where it compiles in less time. No choice comes twice: on the way back to it the doubt would have
 * been paid for nothing.
 */
export function choose(passes: readonly Options[], costs: Costs): Option[] {
  const compileMs = ({ pipeline }: Option) => costs.compile.get(pipeline) ?? 0
  const allowed = passes.map(([first, ...others]) => [
    first,
    ...others.filter((option) => option.faster || compileMs(option) < compileMs(first)),
  ])
  let chosen = passes.map(([first]) => first)
  for (;;) {
    const [best] = moves(chosen, allowed)
      .map((move) => ({ move, loss: loss(chosen, move, costs) }))
      .sort((a, b) => a.loss - b.loss)
    // Less than a millisecond may be the rounding of these sums.
    if (!best || best.loss > -1) return chosen
    chosen = best.move
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
