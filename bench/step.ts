/** `cnn bench --step`: whole training steps of the reference networks, and what each kernel takes of them. */
import { Adam, bceWithLogits, type Sequential } from "../src/index.ts"
import type { DeviceOptions } from "../src/gpu/adapter.ts"
import { networks } from "../src/train/networks.ts"
import { draw } from "../test/gradcheck.ts"
import { type Ceilings, ceilingTasks } from "./ceilings.ts"
import { type BenchGpu, type Noted, openBench } from "./device.ts"
import { dispatchFlops, stepFlops } from "./flops.ts"
import { type Head, headOf } from "./head.ts"
import { build, type RefNet, refNetM, refNetS } from "./refnet.ts"
import { interleaved, median } from "./timing.ts"

interface StepNetwork {
  size: number
  build(): Sequential
}

const BATCH = 32

const refNet = (net: RefNet): StepNetwork => ({ size: net.size, build: () => build(net) })
const trained = (name: string): StepNetwork => ({
  size: networks[name].size,
  build: () => networks[name].build(networks[name].size, 1),
})

/** By name. Batches of 32 images, one logit, mean binary cross-entropy, Adam. */
export const STEP_NETWORKS: Record<string, StepNetwork> = {
  "refnet-s": refNet(refNetS),
  "refnet-m": refNet(refNetM),
  seed: trained("seed"),
  small: trained("small"),
}

/** Milliseconds, microseconds where the name says so. */
export interface StepResult {
  network: string
  batch: number
  size: number
  parameters: number
  flops: number
  ceilings: Ceilings
  /** All pipelines, asynchronously and at once. */
  compileMs: number
  pipelines: number
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
  dispatches: number
  submits: number
  /** JavaScript's part: a step's time until everything is submitted, by its dispatches; the median. */
  hostMicroseconds: number
  /** None where the adapter has no timestamps. */
  kernels?: StepKernel[]
}

/** All dispatches of a kernel in a step. */
export interface StepKernel {
  kernel: string
  dispatches: number
  ms: number
  /** Part of all kernels' time. */
  share: number
  /** Of convolutions and matrix products. */
  gflops?: number
}

export interface StepJob extends DeviceOptions {
  /** Names of STEP_NETWORKS. */
  networks: string[]
  /** Turns that each gets. */
  rounds: number
}

export interface StepsResult extends Head {
  steps: StepResult[]
}

/** @param progress told what is being done */
export async function runSteps(job: StepJob, progress: (what: string) => void): Promise<StepsResult> {
  const { networks, rounds, ...options } = job
  const unknown = networks.find((name) => !(name in STEP_NETWORKS))
  if (unknown) throw new Error(`no network is called "${unknown}"; there are ${Object.keys(STEP_NETWORKS).join(", ")}`)
  const trainings: Training[] = []
  const devices: BenchGpu[] = []
  try {
    for (const name of networks) {
      progress(`${name}: compiling`)
      devices.push(await openBench(options))
      trainings.push(await begin(devices[devices.length - 1], name))
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

/** A network in training on a device of its own, so that what it compiles is all its own. */
interface Training {
  name: string
  gpu: BenchGpu
  model: Sequential
  /** Forward, backward, update of one batch, submitted. */
  step(): void
  compileMs: number
  firstMs: number
}

async function begin(gpu: BenchGpu, name: string): Promise<Training> {
  const { size, build } = STEP_NETWORKS[name]
  const model = build().to(gpu, { seed: 1 })
  const adam = new Adam(model.parameters(), { lr: 1e-4 })
  const images = draw([BATCH, 1, size, size], 1)
  const labels = Float32Array.from({ length: BATCH }, (_, i) => i % 2)
  const given = { requiresGrad: false }
  const step = () => {
    const x = gpu.tensor([BATCH, 1, size, size], images, given)
    const loss = bceWithLogits(model.forward(x), gpu.tensor([BATCH, 1], labels, given))
    loss.backward()
    adam.step()
  }
  const started = performance.now()
  await gpu.compile(step)
  const compiled = performance.now()
  step()
  gpu.endStep()
  await gpu.done()
  const firstMs = performance.now() - compiled
  return { name, gpu, model, step, compileMs: compiled - started, firstMs }
}

/** A call of a task is so long at least, since steps under way at once wait for none but the last. */
const LEAST_MS = 100

/** Paced as in training: the host prepares the next step while the adapter works on the last. */
async function manySteps({ gpu, step }: Training, count: number, host: number[] = []): Promise<void> {
  for (let i = 0; i < count; i++) {
    const started = performance.now()
    step()
    gpu.endStep()
    host.push(performance.now() - started)
    await gpu.pace()
  }
  await gpu.done()
}

async function takeTurns(trainings: Training[], rounds: number): Promise<StepResult[]> {
  const { fma, stream, from } = await ceilingTasks(trainings[0].gpu)
  const steady: { count: number; host: number[]; run(): Promise<void> }[] = []
  for (const training of trainings) {
    const started = performance.now()
    await manySteps(training, 1)
    const count = Math.min(64, Math.ceil(LEAST_MS / (performance.now() - started)))
    const host: number[] = []
    steady.push({ count, host, run: () => manySteps(training, count, host) })
  }
  const [multiplying, copying, ...timings] = await interleaved(
    [fma.run, stream.run, ...steady.map(({ run }) => run)],
    rounds,
  )
  const ceilings = from(multiplying.wall / fma.count, copying.wall / stream.count)
  return Promise.all(
    trainings.map(async (training, i): Promise<StepResult> => {
      const { name, gpu, model, compileMs, firstMs } = training
      const { size } = STEP_NETWORKS[name]
      const { count, host } = steady[i]
      const flops = stepFlops(model, [BATCH, 1, size, size])
      const ms = timings[i].wall / count
      const gflops = flops / ms / 1e6
      const { pipelines } = gpu.counters
      const { dispatches, submits } = await countersOf(training)
      return {
        ...{ network: name, batch: BATCH, size, flops, ceilings, compileMs, pipelines, firstMs },
        parameters: model.parameters().reduce((sum, parameter) => sum + parameter.size, 0),
        ...{
          ms,
          margin: timings[i].spread,
          coresMs: timings[i].cores / count,
          gflops,
          share: gflops / ceilings.gflops,
        },
        ...{ dispatches, submits, hostMicroseconds: (1000 * median(host)) / dispatches },
      }
    }),
  )
}

/** Of one steady step. */
async function countersOf({ gpu, step }: Training) {
  const before = { ...gpu.counters }
  step()
  gpu.endStep()
  await gpu.done()
  const { dispatches, submits } = gpu.counters
  return { dispatches: dispatches - before.dispatches, submits: submits - before.submits }
}

/** Kernel by kernel, the longest first; medians over the steps. */
async function byKernel({ gpu, step }: Training, steps: number): Promise<StepKernel[] | undefined> {
  if (!gpu.device.features.has("timestamp-query")) return undefined
  const found = new Map<string, { dispatches: number; ms: number[]; flops?: number }>()
  gpu.startTrace()
  for (let i = 0; i < steps; i++) {
    const noted: Noted[] = []
    gpu.noting(noted, step)
    gpu.endStep()
    for (const kernel of found.values()) kernel.ms.push(0)
    for (const [at, { kernel, milliseconds }] of (await gpu.takeTrace()).entries()) {
      const one = found.get(kernel) ?? { dispatches: 0, ms: [0] }
      found.set(kernel, one)
      one.ms[one.ms.length - 1] += milliseconds
      if (i > 0) continue
      one.dispatches++
      const flops = dispatchFlops(kernel, noted[at].params, noted[at].consts)
      if (flops !== undefined) one.flops = (one.flops ?? 0) + flops
    }
  }
  gpu.stopTrace()
  const kernels = [...found].map(([kernel, { dispatches, ms, flops }]) => ({
    kernel,
    dispatches,
    ms: median(ms),
    flops,
  }))
  const all = kernels.reduce((sum, { ms }) => sum + ms, 0)
  return kernels
    .sort((a, b) => b.ms - a.ms)
    .map(({ flops, ...kernel }) => ({ ...kernel, share: kernel.ms / all, gflops: flops && flops / kernel.ms / 1e6 }))
}
