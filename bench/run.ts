/** `cnn bench`: verifies all rungs of some ladders, then times those that are right. */
import type { DeviceOptions } from "../src/gpu/adapter.ts"
import { ceilingTasks, type Overheads, overheads } from "./ceilings.ts"
import { type BenchGpu, openBench } from "./device.ts"
import { type Head, headOf } from "./head.ts"
import { type Ladder, parseShape, type Rung } from "./ladder.ts"
import { type Measured, measure } from "./measure.ts"
import { Examples } from "./verify.ts"

export interface BenchJob extends DeviceOptions {
  ladders: Ladder[]
  /** As `--shape` gives them; those of each ladder where there are none. */
  shapes: string[]
  /** Turns that each rung gets. */
  rounds: number
}

/**
 * What `--json` prints and `results.json` holds. Milliseconds, GFLOP/s, GB/s; of the overheads,
 * microseconds.
 */
export interface BenchResult extends Head {
  overheads: Overheads
  ladders: LadderResult[]
}

export interface LadderResult {
  ladder: string
  family: string
  formula: string
  /** Rungs that agree with float64, and on how many random sizes. */
  verified: Record<string, number>
  shapes: Measured[]
}

export interface BenchEvents {
  opened(result: BenchResult): void
  /** About to be done: a rung, or the timing. */
  progress(ladder: Ladder, shape: string, what: string): void
  measured(ladder: Ladder, measured: Measured): void
}

/** @throws before anything is timed where a shape does not fit its ladder */
export async function runBench(job: BenchJob, events: BenchEvents): Promise<BenchResult> {
  const { ladders, shapes, rounds, ...options } = job
  const planned = ladders.map((ladder) => {
    const texts = shapes.length > 0 ? shapes : ladder.timed
    return { ladder, shapes: texts.map((text) => ({ text, sizes: parseShape(ladder, text) })) }
  })
  const devices = new Devices(options)
  try {
    const gpu = await devices.on({})
    const ceilings = await ceilingTasks(gpu)
    const result: BenchResult = { ...headOf(gpu, job), overheads: await overheads(gpu, rounds), ladders: [] }
    events.opened(result)
    for (const { ladder, shapes } of planned) {
      const { name, family, formula } = ladder
      const examples = new Examples(ladder)
      const measured: Measured[] = []
      for (const { text, sizes } of shapes) {
        const progress = (what: string) => events.progress(ladder, text, what)
        const bench = { ladder, examples, on: (rung: Rung) => devices.on(rung), ceilings, rounds, progress }
        const one = await measure(bench, text, sizes)
        measured.push(one)
        events.measured(ladder, one)
      }
      result.ladders.push({ ladder: name, family, formula, verified: examples.verified, shapes: measured })
    }
    return result
  } finally {
    await devices.close()
  }
}

/** Whether every rung computed what it should. */
export const allRight = ({ ladders }: BenchResult): boolean =>
  ladders.every(({ shapes }) => shapes.every(({ wrong }) => wrong.length === 0))

/**
 * One device that unrolls kernels and, where a rung wants it, one that takes them as their files
 * have them.
 */
class Devices {
  readonly #open = new Map<boolean, Promise<BenchGpu>>()

  constructor(readonly options: DeviceOptions) {}

  on({ unrolled = true }: Pick<Rung, "unrolled">): Promise<BenchGpu> {
    const known = this.#open.get(unrolled)
    if (known) return known
    const opening = openBench(this.options).then((gpu) => Object.assign(gpu, { unrolling: unrolled }))
    this.#open.set(unrolled, opening)
    return opening
  }

  async close(): Promise<void> {
    for (const gpu of await Promise.all(this.#open.values())) gpu.close()
  }
}
