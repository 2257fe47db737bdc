/**
 * Epochs of real training in a process of their own, over dist and with --expose-gc. Prints what was made and how much
 * memory there is after `--warm` epochs and after `--epochs` more. `--ops` does each step op by op, not as it was recorded.
 */
import { readFileSync } from "node:fs"
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
import { batches, normalisation, shuffled } from "../dist/src/train/batches.js"
import { defaultConfig } from "../dist/src/train/defaults.js"
import { headFor } from "../dist/src/train/head.js"
import { makeOptimizer } from "../dist/src/train/recipe.js"
import { Tally } from "../dist/src/train/tally.js"
import { TrainStep } from "../dist/src/train/train_step.js"

const options = { warm: { type: "string" }, epochs: { type: "string" }, ops: { type: "boolean" } }
const { values: args } = parseArgs({ options })

const gpu = await openGpu()
const created = countCreated(gpu.device)
const size = 16
// Batches of 3 and of 4: a step sees two sizes, as it does in training.
const images = [...new Array(18).keys()]
const data = {
  size,
  pixels: Uint8Array.from({ length: images.length * size * size }, (_, i) => (i * i * 37) % 251),
  labels: Uint8Array.from(images, (i) => i % 2),
}
const head = headFor(2)
const model = new Sequential(
  ...[new Conv2d(1, 4, { kernel: 3, padding: 1, bias: false }), new BatchNorm2d(4), new ReLU()],
  ...[new MaxPool2d({ kernel: 2 }), new Conv2d(4, 4, { kernel: 3 }), new ReLU(), new Dropout({ p: 0.25 })],
  ...[new Flatten(), new Dense(144, head.outputs)],
).to(gpu, { seed: 3 })
const config = { ...defaultConfig, clip: 1 }
const optimizer = makeOptimizer(config, model.parameters())
const tally = new Tally(gpu)
const norm = normalisation(data, images)
const step = new TrainStep({ gpu, data, config, head, model, optimizer, tally }, { seed: 5, norm })

async function train(from, to) {
  for (let epoch = from; epoch < to; epoch++) {
    tally.reset()
    for (const batch of batches(shuffled(images, 5, epoch), 4)) {
      if (args.ops) step.runOps(batch, epoch)
      else step.run(batch, epoch)
      gpu.endStep()
      await gpu.pace()
    }
    await tally.read(images.length)
  }
}

/** With all garbage collected; what is finalized late needs a turn of the event loop. */
async function measure() {
  for (let i = 0; i < 3; i++) {
    globalThis.gc()
    await new Promise(setImmediate)
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  const { buffers, bytes } = gpu.arena
  return {
    counters: { ...gpu.counters },
    arena: { buffers, bytes },
    created: { ...created },
    own: ownBytes(),
    heapUsed,
    arrayBuffers,
  }
}

/**
 * Memory that is this process's own, also where the system has put it away. Pages of files (Node, Dawn, the driver) come
 * and go as the system likes; so the resident set as a whole says nothing.
 */
function ownBytes() {
  if (process.platform !== "linux") return process.memoryUsage().rss
  const status = readFileSync("/proc/self/status", "utf8")
  const kib = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)[1])
  return 1024 * (kib("RssAnon") + kib("RssShmem") + kib("VmSwap"))
}

/** How often the device was asked to make something of each kind, whoever asked. */
function countCreated(device) {
  const counts = {}
  for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(device))) {
    if (!name.startsWith("create")) continue
    const create = device[name].bind(device)
    counts[name] = 0
    device[name] = (descriptor) => {
      counts[name]++
      return create(descriptor)
    }
  }
  return counts
}

const [warm, more] = [Number(args.warm), Number(args.epochs)]
await train(0, warm)
const before = await measure()
await train(warm, warm + more)
console.log(JSON.stringify({ before, after: await measure() }))
gpu.close()
