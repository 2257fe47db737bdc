/** One pass: its candidates compiled, verified, and timed in turns. */
import { keyOf as pipelineOf } from "../../src/gpu/pipelines.ts"
import type { Plan } from "../../src/gpu/plan.ts"
import { FEW } from "../../src/layers/conv2d/tile.ts"
import { Purpose, Random } from "../../src/tensor/random.ts"
import { isTooLarge } from "../../src/train/memory_fit.ts"
import { batched, repeated } from "../batch.ts"
import type { BenchGpu } from "../device.ts"
import type { Tensors } from "../ladder.ts"
import { sizesOf } from "../reference/conv2d_check.ts"
import { compare, type Plain, plain } from "../reference/gradcheck.ts"
import { interleaved, slower } from "../timing.ts"
import { drawn } from "../verify.ts"
import { type Candidate, candidatesOf } from "./candidates.ts"
import type { Option } from "./choose.ts"
import { check, inputsOf, keyOf, planFor, run, type Work } from "./passes.ts"

export interface MeasuredPass {
  key: string
  /** Name of what is taken without a table. */
  default: string
  /** Verified and timed, the default first where it is right. */
  options: Option[]
  /** Not timed, because they compute something else. */
  wrong: { name: string; problem: string }[]
  /** Not timed, because their first run was so much slower than the default's. */
  slow: string[]
}

export interface Tuner {
  gpu: BenchGpu
  /** Of a run. */
  steps: number
  /** Turns that each candidate gets. */
  rounds: number
  /** Candidates beside the default. */
  candidates: number
  /** Milliseconds that each pipeline took to compile. */
  compile: Map<string, number>
  progress(what: string): void
}

/** @returns undefined where the adapter has no kernels to choose between for it */
export async function measurePass(tuner: Tuner, work: Work): Promise<MeasuredPass | undefined> {
  const { gpu, candidates, steps } = tuner
  const all = candidatesOf(work, gpu.adapter, candidates, steps)
  if (all.length < 2) return undefined
  const measured: MeasuredPass = { key: keyOf(work), default: all[0].name, options: [], wrong: [], slow: [] }
  await gpu.scoped(async () => {
    // Each pass has the memory for itself.
    gpu.arena.releaseSteps()
    const stage: Stage = { tuner, work, tensors: inputsOf(work, gpu, values) }
    const ready: Ready[] = []
    for (const candidate of all) {
      tuner.progress(`${measured.key}: ${candidate.name}`)
      try {
        const one = await prepare(stage, candidate, ready[0])
        if (one) ready.push(one)
        else measured.slow.push(candidate.name)
      } catch (error) {
        if (isTooLarge(error)) throw error
        measured.wrong.push({ name: candidate.name, problem: (error as Error).message })
      }
    }
    tuner.progress(`${measured.key}: in turns`)
    measured.options = await inTurns(tuner, ready, measured.default)
  })
  return measured
}

interface Stage {
  tuner: Tuner
  work: Work
  tensors: Tensors
}

interface Ready extends Candidate {
  once: () => unknown
  firstMs: number
  /** Of the first of all. */
  outputs?: Record<string, Plain>
}

const values = (size: number) => drawn({ shape: [size] }, size)

/**
 * A first run so many times slower than the default's is not worth another, unless it is short:
 * that may have been chance.
 */
const HOPELESS = 3
const SHORT_MS = 100

/**
 * Compiles, verifies and runs a candidate.
 *
 * @param first the one before all others, whose outputs are those to be had
 * @returns undefined where it is far slower than the first
 * @throws where it computes something else
 */
async function prepare(
  { tuner, work, tensors }: Stage,
  { name, plan }: Candidate,
  first?: Ready,
): Promise<Ready | undefined> {
  const { gpu } = tuner
  const once = () => run(work, plan, tensors)
  await compileTimed(tuner, plan)
  once()
  gpu.endStep()
  await gpu.done()
  const started = performance.now()
  const made = once()
  await gpu.done()
  const firstMs = performance.now() - started
  if (first && firstMs > Math.max(SHORT_MS, HOPELESS * first.firstMs)) {
    gpu.endStep()
    return undefined
  }
  const outputs: Record<string, Plain> = {}
  for (const [output, tensor] of Object.entries(made)) {
    if (!(tensor instanceof Float32Array)) outputs[output] = plain(tensor.shape, await tensor.read())
  }
  gpu.endStep()
  await verify(tuner, work, name)
  if (!first) return { name, plan, once, firstMs, outputs }
  agree(work, outputs, first)
  return { name, plan, once, firstMs }
}

/** A pipeline's time counts where it is compiled for the first time in this process. */
async function compileTimed({ gpu, compile }: Tuner, { kernel, consts }: Plan): Promise<void> {
  const [compiled] = await gpu.compile(() => {
    // Nothing runs, so one tensor will do for all that the kernel binds.
    const any = gpu.empty([1])
    gpu.run(kernel, new Proxy({}, { get: () => any }), {}, [], consts)
  })
  if (compiled) compile.set(pipelineOf({ name: kernel, consts }), compiled.milliseconds)
}

/**
 * Sizes that a candidate is tried on beside those of the pass, and the most that are drawn to find
 * as many that it fits; one it must fit.
 */
const WANTED = 4
const MOST = 100

/**
 * The same window and stride on random odd sizes, then the pass itself with a batch of one, against
 * float64.
 */
async function verify(tuner: Tuner, work: Work, name: string): Promise<void> {
  const { gpu } = tuner
  const random = new Random(11, Purpose.test)
  let agreed = 0
  for (let i = 0; i < MOST && agreed < WANTED; i++) {
    const odd = { ...work, sizes: oddSizes(work, random) }
    if (await agrees(tuner, odd, name)) agreed++
  }
  if (agreed === 0) throw new Error(`it fits none of ${MOST} random sizes, so that none is verified`)
  // Smaller than the batch: the float64 reference takes its time.
  if (!(await agrees(tuner, { ...work, sizes: { ...work.sizes, n: 1 } }, name))) {
    throw new Error(`it does not fit ${keyOf(work)} with a batch of one`)
  }
  gpu.endStep()
}

/** @returns false where the candidate does not fit the sizes. @throws where it is wrong */
async function agrees(tuner: Tuner, work: Work, name: string): Promise<boolean> {
  const { gpu } = tuner
  const plan = planFor(work, gpu.adapter, name)
  if (plan?.candidate !== name) return false
  // What is compiled here may be another pass's, whose time is wanted.
  await compileTimed(tuner, plan)
  await gpu.scoped(() => check(work, gpu, plan))
  // Of no use for other sizes.
  gpu.arena.releaseSteps()
  return true
}

function oddSizes({ pass, pool, sizes }: Work, random: Random) {
  const { c, o, kh, stride, padding, dilation, groups } = sizes
  const extent = () => dilation * (kh - 1) + 4 + random.integer(12)
  // Kernels for few input channels have them as a constant; groups divide them.
  const channels = groups > 1 || c <= FEW ? c : 1 + random.integer(20)
  const even = pool && pass === "input" ? 2 : 1
  const [n, h, w] = [1 + random.integer(3), extent() * even, extent() * even]
  const outputs = groups > 1 ? o : 1 + random.integer(33)
  return sizesOf([n, channels, h, w], outputs, kh, stride, padding, kh, { dilation, groups })
}

function agree({ sizes }: Work, outputs: Record<string, Plain>, first: Ready): void {
  const { n, c, o, oh, ow, kh } = sizes
  const label = { name: `against ${first.name}`, terms: Math.max(c * kh * kh, o * kh * kh, n * oh * ow) }
  for (const [output, { data }] of Object.entries(outputs)) {
    compare(label, output, Float32Array.from(data), first.outputs![output])
  }
}

async function inTurns({ gpu, rounds }: Tuner, ready: Ready[], taken: string): Promise<Option[]> {
  if (ready.length === 0) return []
  // The same number of runs in each turn, so that turns can be compared.
  const { count } = await batched(gpu, ready[0].once)
  const timings = await interleaved(
    ready.map(({ once }) => repeated(gpu, once, count).run),
    rounds,
  )
  return ready.map(({ name, plan: { kernel, consts } }, i) => ({
    name,
    pipeline: pipelineOf({ name: kernel, consts }),
    ms: timings[i].wall / count,
    // Where the default is wrong, whatever is right may take its place.
    faster: ready[0].name !== taken || (i > 0 && slower(timings[0], timings[i])),
  }))
}
