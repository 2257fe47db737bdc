/**
 * `npm run soak -- --steps 20000`: a small training whose last batch changes its size from epoch to epoch, and what the process
 * holds meanwhile. Prints a line a sample. Fails where something still grows after the warm-up, the first tenth.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { parseArgs } from "node:util"
import {
  BatchNorm2d,
  Conv2d,
  Dense,
  Dropout,
  Flatten,
  MaxPool2d,
  openGpu,
  ReLU,
  Sequential,
} from "../dist/src/index.js"
import { normalisation, shuffled } from "../dist/src/train/batches.js"
import { defaultConfig } from "../dist/src/train/defaults.js"
import { headFor } from "../dist/src/train/head.js"
import { makeOptimizer } from "../dist/src/train/recipe.js"
import { Tally } from "../dist/src/train/tally.js"
import { TrainStep } from "../dist/src/train/train_step.js"

/** MiB that the process's own memory and the heap may have grown by; GPU bytes and open files may not at all. */
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
const size = 16
const images = [...new Array(BATCH * STEPS_AN_EPOCH).keys()]
const data = {
  size,
  pixels: Uint8Array.from({ length: images.length * size * size }, (_, i) => (i * i * 37) % 251),
  labels: Uint8Array.from(images, (i) => i % 2),
}
const head = headFor(2)
const model = new Sequential(
  ...[new Conv2d(1, 4, { kernel: 3, padding: 1, bias: false }), new BatchNorm2d(4), new ReLU()],
  ...[new MaxPool2d({ kernel: 2 }), new Flatten(), new Dropout({ p: 0.25 }), new Dense(256, head.outputs)],
).to(gpu, { seed: 3 })
const config = { ...defaultConfig, clip: 1 }
const optimizer = makeOptimizer({ ...config, lr: 0.001 }, model.parameters())
const tally = new Tally(gpu)
const step = new TrainStep(
  { gpu, data, config, head, model, optimizer, tally },
  { seed: 5, norm: normalisation(data, images) },
)

/** The last batch has 1 to 4 images, by turns. @returns the mean loss */
async function train(epoch) {
  tally.reset()
  const order = shuffled(images, 5, epoch)
  const used = order.slice(0, BATCH * (STEPS_AN_EPOCH - 1) + 1 + (epoch % BATCH))
  for (let at = 0; at < used.length; at += BATCH) {
    step.run(used.slice(at, at + BATCH), epoch)
    gpu.endStep()
    await gpu.pace()
  }
  return (await tally.read(used.length)).loss
}

/** Memory in MiB with all garbage collected; -1 where the system does not tell. */
async function sample(done, loss) {
  for (let i = 0; i < 3; i++) {
    globalThis.gc()
    await new Promise(setImmediate)
  }
  const files = existsSync("/proc/self/fd") ? readdirSync("/proc/self/fd").length : -1
  const { heapUsed, rss } = process.memoryUsage()
  const { bytes, buffers } = gpu.arena
  const mebibytes = (value) => Number((value / 2 ** 20).toFixed(2))
  return {
    steps: done * STEPS_AN_EPOCH,
    loss,
    rss: mebibytes(rss),
    own: mebibytes(ownBytes() ?? rss),
    heap: mebibytes(heapUsed),
    gpuBytes: bytes,
    buffers,
    files,
  }
}

/** Memory that is no file's: pages of files come and go as the system likes. */
function ownBytes() {
  if (!existsSync("/proc/self/status")) return undefined
  const status = readFileSync("/proc/self/status", "utf8")
  const kib = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)[1])
  return 1024 * (kib("RssAnon") + kib("RssShmem") + kib("VmSwap"))
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
