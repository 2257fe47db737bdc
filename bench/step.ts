/**
 * `cnn bench --step`: whole training steps of the reference networks, and what each kernel takes of
 * them.
 */
import type { DeviceOptions } from "../src/gpu/adapter.ts"
import { type Ceilings, ceilingTasks } from "./ceilings.ts"
import { type BenchGpu, openBench } from "./device.ts"
import { trainingFlops } from "./flops.ts"
import { type Head, headOf } from "./head.ts"
import { type HostPart, hostPart } from "./host_part.ts"
import { BATCH } from "./refnet.ts"
import { byKernel, type StepKernel } from "./step_kernels.ts"
import { begin, type StepNetwork, type Training } from "./step_training.ts"
import { interleaved, type Timing } from "./timing.ts"

/** Milliseconds, microseconds where the name says so. */
export interface StepResult extends HostPart {
  network: string
  batch: number
  size: number
  parameters: number
  flops: number
  ceilings: Ceilings
  /** All pipelines, asynchronously and at once. */
  pipelines: number
  compileMs: number
  /** The first step after that, which on some adapters compiles as well. */
  firstMs: number
  /** Median of a steady step by the wall clock. */
  ms: number
  /** Margin of error of the mean, 95 %, in per cent of it. */
  margin: number
  coresMs: number
  gflops: number
  /** Part of the adapter's multiply-adds in registers. */
  share: number
  /** None where the adapter has no timestamps. */
  kernels?: StepKernel[]
}

export interface StepJob extends DeviceOptions {
  networks: ReadonlyMap<string, StepNetwork>
  /** Turns that each gets. */
  rounds: number
}

export interface StepsResult extends Head {
  steps: StepResult[]
}

/** @param progress told what is being done */
export async function runSteps(job: StepJob, progress: (what: string) => void): Promise<StepsResult> {
  const { networks, rounds, ...options } = job
  const trainings: Training[] = []
  const devices: BenchGpu[] = []
  try {
    for (const [name, network] of networks) {
      progress(`${name}: compiling`)
      devices.push(await openBench(options))
      trainings.push(await begin(devices[devices.length - 1], name, network))
    }
    progress("in turns")
    const steps = await takeTurns(trainings, rounds)
    for (const [i, training] of trainings.entries()) {
      progress(`${training.name}: kernel by kernel`)
      steps[i].kernels = await byKernel(training, rounds)
    }
    return { ...headOf(devices[0], job), steps }
  } finally {
    for (const gpu of devices) gpu.close()
  }
}

/**
 * A call of a task is so long at least, since steps under way at once wait for none but the last.
 */
const LEAST_MS = 100

/** Paced as in training: the host prepares the next step while the adapter works on the last. */
async function steadySteps({ gpu, replay }: Training, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    replay()
    gpu.endStep()
    await gpu.pace()
  }
  await gpu.done()
}

async function takeTurns(trainings: Training[], rounds: number): Promise<StepResult[]> {
  const { fma, stream, from } = await ceilingTasks(trainings[0].gpu)
  const counts: number[] = []
  for (const training of trainings) {
    const started = performance.now()
    await steadySteps(training, 1)
    counts.push(Math.min(64, Math.ceil(LEAST_MS / (performance.now() - started))))
  }
  const tasks = trainings.map((training, i) => () => steadySteps(training, counts[i]))
  const [multiplying, copying, ...timings] = await interleaved([fma.run, stream.run, ...tasks], rounds)
  const ceilings = from(multiplying.wall / fma.count, copying.wall / stream.count)
  const results: StepResult[] = []
  for (const [i, training] of trainings.entries()) {
    const { wall, cores, ...rest } = timings[i]
    const timing = { ...rest, wall: wall / counts[i], cores: cores / counts[i] }
    results.push({ ...timed(training, timing, ceilings), ...(await hostPart(training, rounds)) })
  }
  return results
}

function timed(training: Training, { wall: ms, spread: margin, cores: coresMs }: Timing, ceilings: Ceilings) {
  const { name, size, model, pipelines, compileMs, firstMs } = training
  const parameters = model.parameters().reduce((sum, parameter) => sum + parameter.size, 0)
  const flops = trainingFlops(model, [BATCH, 1, size, size])
  const gflops = flops / ms / 1e6
  const what = { network: name, batch: BATCH, size, parameters, flops, ceilings }
  return { ...what, pipelines, compileMs, firstMs, ms, margin, coresMs, gflops, share: gflops / ceilings.gflops }
}
