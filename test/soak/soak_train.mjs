/**
 * `npm run soak -- --steps 20000`: a small training whose last batch changes its size from epoch to
 * epoch, and what the process holds meanwhile. Prints a line a sample. Fails where something still
 * grows after the warm-up, the first tenth.
 */
import { existsSync, readdirSync } from "node:fs"
import { parseArgs } from "node:util"
import { openGpu } from "../../dist/src/index.js"
import { shuffled } from "../../dist/src/train/batches.js"
import { collectGarbage, ownBytes, smallTraining } from "./small_training.mjs"

/**
 * MiB that the process's own memory and the heap may have grown by; GPU bytes and open files may
 * not at all.
 */
const ALLOWED = { own: 8, heap: 2 }
const SAMPLES = 20
const STEPS_AN_EPOCH = 5
const BATCH = 4

const { values } = parseArgs({ options: { steps: { type: "string", default: "20000" } } })
const epochs = Math.floor(Number(values.steps) / STEPS_AN_EPOCH)
if (!(epochs >= 2 * SAMPLES)) {
  console.error(`--steps is "${values.steps}"; expected ${2 * SAMPLES * STEPS_AN_EPOCH} or more`)
  process.exit(2)
}

const gpu = await openGpu()
const { images, step, totals } = smallTraining(gpu, { count: BATCH * STEPS_AN_EPOCH, lr: 0.001 })

/** The last batch has 1 to 4 images, by turns. @returns the mean loss */
async function train(epoch) {
  totals.reset()
  const order = shuffled(images, 5, epoch)
  const used = order.slice(0, BATCH * (STEPS_AN_EPOCH - 1) + 1 + (epoch % BATCH))
  for (let at = 0; at < used.length; at += BATCH) {
    step.run(used.slice(at, at + BATCH), epoch)
    gpu.endStep()
    await gpu.pace()
  }
  return (await totals.read(used.length)).loss
}

/** Memory in MiB with all garbage collected; -1 where the system does not tell. */
async function sample(done, loss) {
  await collectGarbage()
  const files = existsSync("/proc/self/fd") ? readdirSync("/proc/self/fd").length : -1
  const { heapUsed, rss } = process.memoryUsage()
  const { bytes, buffers } = gpu.arena
  const mebibytes = (value) => Number((value / 2 ** 20).toFixed(2))
  return {
    steps: done * STEPS_AN_EPOCH,
    loss,
    rss: mebibytes(rss),
    own: mebibytes(ownBytes()),
    heap: mebibytes(heapUsed),
    gpuBytes: bytes,
    buffers,
    files,
  }
}

const samples = []
let finite = true
for (let epoch = 0; epoch < epochs; epoch++) {
  const loss = await train(epoch)
  finite &&= Number.isFinite(loss)
  if ((epoch + 1) % Math.floor(epochs / SAMPLES) !== 0) continue
  samples.push(await sample(epoch + 1, loss))
  console.log(JSON.stringify(samples.at(-1)))
}
gpu.close()

const steady = samples.slice(Math.ceil(samples.length / 10))
const mean = (some, name) => some.reduce((sum, one) => sum + one[name], 0) / some.length
const third = Math.ceil(steady.length / 3)
const problems = finite ? [] : ["a loss is not finite"]
for (const name of ["gpuBytes", "buffers", "files"])
  if (steady.some((one) => one[name] > steady[0][name])) problems.push(`${name} grew after the warm-up`)
for (const [name, most] of Object.entries(ALLOWED)) {
  const grown = mean(steady.slice(-third), name) - mean(steady.slice(0, third), name)
  console.log(`${name}: ${grown.toFixed(2)} MiB from the first third after the warm-up to the last, ${most} allowed`)
  if (grown > most) problems.push(`${name} grew by ${grown.toFixed(2)} MiB`)
}
console.log(problems.length === 0 ? `flat over ${epochs * STEPS_AN_EPOCH} steps` : problems.join("; "))
if (problems.length > 0) process.exitCode = 1
