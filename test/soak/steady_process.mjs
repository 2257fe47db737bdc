/**
 * Epochs of real training in a process of their own, over dist and with --expose-gc. Prints what
 * was made and how much memory there is after `--warm` epochs and after `--epochs` more. `--ops`
 * does each step op by op, not as it was recorded.
 */
import { parseArgs } from "node:util"
import { openGpu } from "../../dist/src/index.js"
import { batches, shuffled } from "../../dist/src/train/batches.js"
import { defaultConfig } from "../../dist/src/train/defaults.js"
import { collectGarbage, ownBytes, smallTraining } from "./small_training.mjs"

const options = { warm: { type: "string" }, epochs: { type: "string" }, ops: { type: "boolean" } }
const { values: args } = parseArgs({ options })

const gpu = await openGpu()
const created = countCreated(gpu.device)
// Batches of 3 and of 4: a step sees two sizes, as it does in training.
const { images, step, totals } = smallTraining(gpu, { count: 18, lr: defaultConfig.lr })

async function train(from, to) {
  for (let epoch = from; epoch < to; epoch++) {
    totals.reset()
    for (const batch of batches(shuffled(images, 5, epoch), 4)) {
      if (args.ops) step.runOps(batch, epoch)
      else step.run(batch, epoch)
      gpu.endStep()
      await gpu.pace()
    }
    await totals.read(images.length)
  }
}

async function measure() {
  await collectGarbage()
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
 * How many things of each kind the device was asked to make, whoever asked; without buffers that
 * were destroyed since.
 */
function countCreated(device) {
  const counts = {}
  for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(device))) {
    if (!name.startsWith("create")) continue
    const create = device[name].bind(device)
    counts[name] = 0
    device[name] = (descriptor) => {
      counts[name]++
      const made = create(descriptor)
      if (name === "createBuffer") {
        const destroy = made.destroy.bind(made)
        made.destroy = () => {
          counts.createBuffer--
          destroy()
        }
      }
      return made
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
