/**
 * Times the rungs of a ladder on one shape, in turns with each other and with the adapter's
 * ceilings.
 */
import { type Batch, batched } from "./batch.ts"
import type { Ceilings, CeilingTasks } from "./ceilings.ts"
import type { BenchGpu } from "./device.ts"
import type { Ladder, Rung, Work } from "./ladder.ts"
import { Stage, valuesOf } from "./stage.ts"
import { interleaved, median, slower } from "./timing.ts"
import type { Examples } from "./verify.ts"

/** Milliseconds. */
export interface TimedRung {
  rung: string
  /** Median by the wall clock. */
  ms: number
  /** Margin of error of the mean, 95 %, in per cent of it. */
  margin: number
  /** Processor time of the process, over all cores; other load disturbs it less. The mean. */
  coresMs: number
  /**
   * Median by the adapter's own timestamps, of the kernels alone; none where it has no timestamps.
   */
  kernelMs?: number
  /** Of all its pipelines, unless an earlier rung had the same. */
  compileMs: number
  /** The first run after that. */
  firstMs: number
  gflops: number
  gbs: number
  /** Part of what the roof allows at this intensity. */
  share?: number
  /** Whether no other rung is faster, but by chance. */
  fastest: boolean
}

export interface Wrong {
  rung: string
  problem: string
}

/** A ladder on one shape. */
export interface Measured {
  shape: string
  sizes: unknown
  flops: number
  bytes: number
  ceilings: Ceilings
  rungs: TimedRung[]
  /** Rungs that do not fit the shape. */
  unfit: string[]
  /** Rungs that are not timed, because they compute something else. */
  wrong: Wrong[]
}

export interface Bench {
  ladder: Ladder
  examples: Examples
  /** The device for a rung. */
  on(rung: Pick<Rung, "unrolled">): Promise<BenchGpu>
  ceilings: CeilingTasks
  /** Turns that each rung gets. */
  rounds: number
  /** Told what is being done. */
  progress(what: string): void
}

/** A rung that is right, and can be timed. */
interface Ready {
  rung: Rung
  gpu: BenchGpu
  once: () => unknown
  batch: Batch
  compileMs: number
  firstMs: number
}

export async function measure(bench: Bench, shape: string, sizes: unknown): Promise<Measured> {
  const { ladder, examples, progress } = bench
  const stage = new Stage(ladder, sizes)
  const unfit: string[] = []
  const wrong: Wrong[] = []
  const ready: Ready[] = []
  for (const rung of ladder.rungs) {
    const gpu = await bench.on(rung)
    const work = rung.work(sizes, gpu.adapter)
    if (!work) {
      unfit.push(rung.name)
      continue
    }
    progress(rung.name)
    try {
      ready.push(await prepare(stage, examples, rung, gpu, work))
    } catch (error) {
      wrong.push({ rung: rung.name, problem: (error as Error).message })
    }
  }
  const [flops, bytes] = [ladder.flops(sizes), ladder.bytes(sizes)]
  progress("in turns")
  const { ceilings, timed } = await takeTurns(bench, ready, { flops, bytes, roofless: ladder.roofless })
  stage.release()
  return { shape, sizes, flops, bytes, ceilings, rungs: timed, unfit, wrong }
}

/**
 * Compiles and runs a rung for the first time, which some adapters only then compile it for; then
 * checks it.
 *
 * @throws where it is wrong
 */
async function prepare(stage: Stage, examples: Examples, rung: Rung, gpu: BenchGpu, work: Work): Promise<Ready> {
  const tensors = stage.tensors(gpu)
  const once = () => work(gpu, tensors)
  const started = performance.now()
  if (!rung.kernelless) await gpu.compile(() => void once())
  const compiled = performance.now()
  const outputs = await once()
  await gpu.done()
  const ran = performance.now()
  const values = await valuesOf(outputs)
  gpu.endStep()
  await examples.verify(gpu, rung)
  stage.agree(rung, values)
  return { rung, gpu, once, batch: await batched(gpu, once), compileMs: compiled - started, firstMs: ran - compiled }
}

type Cost = Pick<Measured, "flops" | "bytes"> & Pick<Ladder, "roofless">

async function takeTurns({ ceilings: { fma, stream, from }, rounds }: Bench, ready: Ready[], cost: Cost) {
  const tasks = [fma, stream, ...ready.map(({ batch }) => batch)]
  const timings = await interleaved(
    tasks.map(({ run }) => run),
    rounds,
  )
  const each = timings.map(({ wall }, i) => wall / tasks[i].count)
  const ceilings = from(each[0], each[1])
  const kernelMs = await byTimestamps(ready, rounds)
  const least = Math.min(...each.slice(2))
  const timed = ready.map((one, i): TimedRung => {
    const ms = each[i + 2]
    return {
      rung: one.rung.name,
      ms,
      margin: timings[i + 2].spread,
      coresMs: timings[i + 2].cores / tasks[i + 2].count,
      kernelMs: kernelMs?.[i],
      compileMs: one.compileMs,
      firstMs: one.firstMs,
      gflops: cost.flops / ms / 1e6,
      gbs: cost.bytes / ms / 1e6,
      share: cost.roofless ? undefined : roofMs(cost, ceilings) / ms,
      fastest: !slower(timings[i + 2], timings[each.indexOf(least, 2)]),
    }
  })
  return { ceilings, timed }
}

/**
 * The least time that the work can take: that of its multiply-adds or that of its bytes, whichever
 * is longer.
 */
const roofMs = ({ flops, bytes }: Cost, { gflops, gbs }: Ceilings): number =>
  Math.max(flops / gflops, bytes / gbs) / 1e6

/** A slow rung is not repeated when its turns took so long together. */
const ENOUGH_MS = 1000

/** Median of the time that the kernels of a run take, in turns again. */
async function byTimestamps(ready: Ready[], rounds: number): Promise<number[] | undefined> {
  if (ready.some(({ gpu }) => !gpu.device.features.has("timestamp-query"))) return undefined
  const taken: number[][] = ready.map(() => [])
  for (let round = 0; round < rounds; round++) {
    for (const [i, { gpu, once }] of ready.entries()) {
      if (taken[i].reduce((sum, ms) => sum + ms, 0) > ENOUGH_MS) continue
      gpu.startTrace()
      await once()
      gpu.endStep()
      await gpu.done()
      taken[i].push((await gpu.takeTrace()).reduce((sum, { milliseconds }) => sum + milliseconds, 0))
      gpu.stopTrace()
    }
  }
  return taken.map(median)
}
