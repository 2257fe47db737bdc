/**
 * Every reader on damaged and hostile files: it reads them or says what is wrong with which file,
 * in time. Inputs and seed are fixed; with FUZZ_SECONDS in the environment, which `npm run fuzz`
 * sets, as many as go into that time, of another seed.
 */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import fc from "fast-check"
import { afterAll, expect, it } from "vitest"
import { openGpu } from "../../src/tensor/tensor_gpu.ts"
import { cnn } from "../support/cli.ts"
import { keptReaders } from "./kept_readers.ts"
import { type Reader, readers } from "./readers.ts"

const SLOW_MS = 10_000

const seconds = Number(process.env.FUZZ_SECONDS ?? 0)
const folder = await mkdtemp(path.join(tmpdir(), "cnn-fuzz-"))
// The tables of cnn tune lie there, and not in the user's cache.
process.env.CNN_CACHE = folder
const run = path.join(folder, "run")
const small = ["--count", "16", "--size", "16", "--epochs", "1", "--folds", "2", "--batch", "8"]
const trained = await cnn(["train", ...small, "--out", run])
if (trained.code !== 0) throw new Error(trained.stderr)
const gpu = await openGpu()
afterAll(() => gpu.close())
const all = [...(await readers(run)), ...(await keptReaders(run, folder, gpu))]
const tried: Record<string, string> = {}
afterAll(async () => {
  if (seconds > 0) console.log(Object.entries(tried).map(([name, counts]) => `${name.padEnd(22)} ${counts}`).join("\n")) // biome-ignore format: a chain
  await rm(folder, { recursive: true, force: true })
})

it.each(all)("$name", { timeout: 60_000 + seconds * 2000 }, async (reader) => {
  const counts = { read: 0, refused: 0, slowest: 0 }
  const limits =
    seconds > 0
      ? { numRuns: 1e9, interruptAfterTimeLimit: (seconds * 1000) / all.length }
      : { numRuns: reader.few, seed: 5 }
  await fc.assert(
    fc.asyncProperty(reader.inputs, (input) => attempt(reader, input, counts)),
    { ...limits, endOnFailure: seconds === 0 },
  )
  const { read, refused, slowest } = counts
  tried[reader.name] =
    `${read + refused} inputs: ${read} read, ${refused} refused, the slowest in ${Math.round(slowest)} ms`
  // Inputs that are all refused at their first byte would try nothing.
  expect(read).toBeGreaterThan((read + refused) / 20)
})

interface Counts {
  read: number
  refused: number
  /** In milliseconds. */
  slowest: number
}

async function attempt(reader: Reader, input: unknown, counts: Counts): Promise<void> {
  let took = await timed(reader, input, counts)
  // The process may have been stopped meanwhile, or starved: what hangs does so again.
  if (took > SLOW_MS) took = await timed(reader, input, counts)
  counts.slowest = Math.max(counts.slowest, took)
  if (took > SLOW_MS) throw new Error(`took ${took} ms`)
  if ("polluted" in {}) throw new Error("the prototype of all objects was changed")
}

/** @returns milliseconds */
async function timed(reader: Reader, input: unknown, counts: Counts): Promise<number> {
  const started = performance.now()
  try {
    await reader.read(input)
    counts.read++
  } catch (error) {
    checkRefusal(error, reader.says)
    counts.refused++
  }
  return performance.now() - started
}

/** A refusal is meant for people: what JavaScript itself throws is a crash. */
function checkRefusal(error: unknown, says: RegExp): void {
  const crashes = [TypeError, RangeError, ReferenceError, SyntaxError]
  if (!(error instanceof Error) || crashes.some((kind) => error instanceof kind)) throw error
  if (!says.test(error.message)) throw new Error(`says too little: ${error.message}`, { cause: error })
}
