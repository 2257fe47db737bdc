/**
 * `cnn tune`: measures the convolutions of a network on an adapter, and stores what is better than
 * the default.
 */
import type { AdapterInfo, Tuned } from "../../src/gpu/adapter.ts"
import { makeTunedFolder, readTuned, writeTuned } from "../../src/gpu/tuned.ts"
import type { Sequential } from "../../src/index.ts"
import { inBatches } from "../../src/train/memory_fit.ts"
import type { BenchGpu } from "../device.ts"
import { choose, type Option, runMs, stepMs } from "./choose.ts"
import { type MeasuredPass, measurePass } from "./measure.ts"
import { needsOf, passesOf } from "./passes.ts"

export interface TuneJob {
  network: Sequential
  /** Width and height of its images, in pixels. */
  size: number
  batch: number
  /** Of the run that the choice is for. */
  steps: number
  /** Turns that each candidate gets. */
  rounds: number
  /** Candidates for each pass, beside the default. */
  candidates: number
}

/** Milliseconds. */
export interface TunedPass extends MeasuredPass {
  /** None where nothing was right. */
  chosen?: Option
  /** Of the default, where it was right, and of what is chosen. */
  defaultMs?: number
  compileMs: { default?: number; chosen?: number }
}

/** Milliseconds of convolutions, of a step and of the run, compilation included. */
interface Total {
  step: number
  compile: number
  run: number
}

export interface TuneResult {
  adapter: AdapterInfo
  steps: number
  passes: TunedPass[]
  /** Where all defaults were right. */
  before?: Total
  after: Total
  table: Tuned
}

/** @throws, before anything is measured, where the table cannot be stored */
export async function tune(gpu: BenchGpu, job: TuneJob, progress: (what: string) => void): Promise<TuneResult> {
  const { network, size, batch, ...rest } = job
  makeTunedFolder(gpu.adapter)
  // Whatever the first kernel of all has to wait for, none of those that are measured shall.
  await gpu.ones([1]).read()
  const compile = new Map<string, number>()
  const passes: MeasuredPass[] = []
  const works = passesOf(gpu, network, size, batch)
  const batched = { batch, size, needs: (n: number) => needsOf(works, gpu, n), else: "smaller images (--size)" }
  await inBatches(gpu, batched, async () => {
    for (const work of works) {
      const measured = await measurePass({ gpu, compile, progress, ...rest }, work)
      if (measured) passes.push(measured)
    }
  })
  const right = passes.filter(({ options }) => options.length > 0)
  const costs = { compile, steps: job.steps }
  const chosen = choose(
    right.map(({ options }) => options),
    costs,
  )
  const total = (options: Option[]): Total => {
    const [step, run] = [stepMs(options), runMs(options, costs)]
    return { step, run, compile: run - step * job.steps }
  }
  const defaults = passes.flatMap((pass) => defaultOf(pass) ?? [])
  const tuned = passes.map((pass) => tunedPass(pass, chosen[right.indexOf(pass)], compile))
  return {
    adapter: gpu.adapter,
    steps: job.steps,
    passes: tuned,
    before: defaults.length === passes.length ? total(defaults) : undefined,
    after: total(chosen),
    table: store(gpu.adapter, tuned),
  }
}

const defaultOf = ({ options, default: taken }: MeasuredPass): Option | undefined =>
  options.find(({ name }) => name === taken)

function tunedPass(pass: MeasuredPass, chosen: Option | undefined, compile: ReadonlyMap<string, number>): TunedPass {
  const taken = defaultOf(pass)
  const compileMs = (option?: Option) => option && compile.get(option.pipeline)
  return {
    ...pass,
    chosen,
    defaultMs: taken?.ms,
    compileMs: { default: compileMs(taken), chosen: compileMs(chosen) },
  }
}

/**
 * Beside what the table says of passes that were not measured; what the default is best for has no
 * entry.
 */
function store(adapter: AdapterInfo, passes: TunedPass[]): Tuned {
  const choices: Record<string, string> = { ...readTuned(adapter)?.choices }
  for (const { key, default: taken, chosen } of passes) {
    delete choices[key]
    if (chosen && chosen.name !== taken) choices[key] = chosen.name
  }
  return writeTuned(adapter, choices, new Date())
}

/** Whether every candidate computed what it should. */
export const allRight = ({ passes }: TuneResult): boolean => passes.every(({ wrong }) => wrong.length === 0)
