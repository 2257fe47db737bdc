/**
 * A training of a small network on images that a formula draws, over dist, for scripts that look at
 * what a process holds.
 */
import { readFileSync } from "node:fs"
import { BatchNorm2d, Conv2d, Dense, Dropout, Flatten, MaxPool2d, ReLU, Sequential } from "../../dist/src/index.js"
import { headFor } from "../../dist/src/models/head.js"
import { normalisation } from "../../dist/src/train/batches.js"
import { defaultConfig } from "../../dist/src/train/defaults.js"
import { EpochTotals } from "../../dist/src/train/epoch_totals.js"
import { makeOptimizer } from "../../dist/src/train/recipe.js"
import { TrainStep } from "../../dist/src/train/train_step.js"

/** @param count images of 16 x 16 pixels */
export function smallTraining(gpu, { count, lr }) {
  const size = 16
  const images = [...new Array(count).keys()]
  const data = {
    size,
    pixels: Uint8Array.from({ length: count * size * size }, (_, i) => (i * i * 37) % 251),
    labels: Uint8Array.from(images, (i) => i % 2),
  }
  const head = headFor(2)
  const model = new Sequential(
    ...[new Conv2d(1, 4, { kernel: 3, padding: 1, bias: false }), new BatchNorm2d(4), new ReLU()],
    ...[new MaxPool2d({ kernel: 2 }), new Conv2d(4, 4, { kernel: 3 }), new ReLU(), new Dropout({ p: 0.25 })],
    ...[new Flatten(), new Dense(144, head.outputs)],
  ).to(gpu, { seed: 3 })
  const config = { ...defaultConfig, lr, clip: 1 }
  const optimizer = makeOptimizer(config, model.parameters())
  const totals = new EpochTotals(gpu)
  const norm = normalisation(data, images)
  const step = new TrainStep({ gpu, data, config, head, model, optimizer, totals }, { seed: 5, norm })
  return { images, step, totals }
}

/** All garbage, with --expose-gc; what is finalized late needs a turn of the event loop. */
export async function collectGarbage() {
  for (let i = 0; i < 3; i++) {
    globalThis.gc()
    await new Promise(setImmediate)
  }
}

/**
 * Memory that is this process's own, also where the system has put it away. Pages of files (Node,
 * Dawn, the driver) come and go as the system likes; so the resident set as a whole says nothing.
 */
export function ownBytes() {
  if (process.platform !== "linux") return process.memoryUsage().rss
  const status = readFileSync("/proc/self/status", "utf8")
  const kib = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)[1])
  return 1024 * (kib("RssAnon") + kib("RssShmem") + kib("VmSwap"))
}
