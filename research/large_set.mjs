// A set larger than memory: what it costs (Linux).
//   node research/large_set.mjs draw DIR COUNT
//     draws COUNT images of 256 pixels; goes on where it was ended
//   node research/large_set.mjs memory SECONDS COMMAND
//     peak memory of `npx cnn COMMAND --json`, interrupted after SECONDS
//   node research/large_set.mjs speed DIR [NETWORK|tiny] [ROUNDS]
//     20 training steps on images in memory and in the cache, in turns
import { spawn } from "node:child_process"
import { existsSync, mkdirSync, readFileSync } from "node:fs"
import path from "node:path"
import sharp from "sharp"
import { loadFolder } from "../dist/src/data/load.js"
import { phantomItems } from "../dist/src/data/phantom.js"
import { phantomImage } from "../dist/src/data/phantom_image.js"
import { readAhead } from "../dist/src/data/pixels.js"
import { Conv2d, Dense, GlobalAvgPool, ReLU, Sequential } from "../dist/src/layers/index.js"
import { defineNetwork } from "../dist/src/models/define_network.js"
import { networkNamed } from "../dist/src/models/networks.js"
import { openGpu } from "../dist/src/tensor/tensor_gpu.js"
import { batches, shuffled } from "../dist/src/train/batches.js"
import { makeContext } from "../dist/src/train/cross_validation.js"
import { defaultConfig } from "../dist/src/train/defaults.js"
import { TrainStep } from "../dist/src/train/train_step.js"

const SIZE = 256
/** Drawn at half of it, which takes a quarter of the time. */
const DRAWN = 128

async function draw(dir, count) {
  for (const { index, type, file } of phantomItems({ count: Number(count) })) {
    const to = path.join(dir, file.replace(/\.\w+$/, ".jpg"))
    if (existsSync(to)) continue
    mkdirSync(path.dirname(to), { recursive: true })
    const { pixels } = phantomImage({ seed: 0, index, size: DRAWN, fracture: type })
    await sharp(pixels, { raw: { width: DRAWN, height: DRAWN, channels: 1 } })
      .resize(SIZE)
      .jpeg({ quality: 90 })
      .toFile(to)
  }
}

function memory(seconds, ...command) {
  const child = spawn(process.execPath, ["bin/cnn.mjs", ...command], { stdio: ["ignore", "pipe", "inherit"] })
  const started = performance.now()
  let peak = 0
  const stages = new Map()
  child.stdout.on("data", (text) => {
    for (const [, type, what = ""] of String(text).matchAll(/^\{"type":"([\w-]+)"(?:,"what":"(\w+)")?/gm))
      stages.set(`${type} ${what}`.trim(), peak)
  })
  const watch = setInterval(() => {
    peak = Math.max(peak, peakOf(child.pid))
    if (performance.now() - started > seconds * 1000) child.kill("SIGINT")
  }, 100)
  child.on("exit", (code) => {
    clearInterval(watch)
    const took = ((performance.now() - started) / 1000).toFixed(0)
    console.log(`exit code ${code} after ${took} s, peak resident memory ${peak.toFixed(0)} MB`)
    for (const [stage, megabytes] of stages)
      console.log(`  up to the last event "${stage}": ${megabytes.toFixed(0)} MB`)
  })
}

/** Megabytes; 0 once the process is gone. */
function peakOf(pid) {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1000
  } catch {
    return 0
  }
}

/** So few sums that reading the images could be what takes the time. */
const tiny = defineNetwork({
  name: "tiny",
  size: SIZE,
  build: (_, outputs) =>
    new Sequential(new Conv2d(1, 4, { kernel: 8, stride: 8 }), new ReLU(), new GlobalAvgPool(), new Dense(4, outputs)),
})

async function speed(dir, model = "reference", rounds = "5") {
  const gpu = await openGpu()
  const network = model === "tiny" ? tiny : networkNamed(model)
  const sets = { memory: Infinity, cache: 0 }
  const steps = {}
  for (const [name, memory] of Object.entries(sets)) {
    const data = await loadFolder(dir, { size: SIZE, memory })
    const context = makeContext(gpu, data, defaultConfig, { network, emit() {} })
    steps[name] = { data, step: new TrainStep(context, { seed: 0, norm: { mean: 0.3, sd: 0.2 } }), seconds: [] }
  }
  const names = Object.keys(sets)
  for (let round = 0; round <= Number(rounds); round++) {
    // The first is not counted: it records and compiles.
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const seconds = await timed(gpu, steps[name], round)
      if (round > 0) steps[name].seconds.push(seconds)
    }
  }
  for (const [name, { seconds }] of Object.entries(steps)) console.log(name, seconds.map((s) => s.toFixed(3)).join(" "))
  const ratios = steps.cache.seconds.map((seconds, i) => seconds / steps.memory.seconds[i]).sort((a, b) => a - b)
  console.log(`cache / memory, median: ${ratios[ratios.length >> 1].toFixed(3)} on ${gpu.adapter.name}`)
  gpu.close()
}

/** Seconds for 20 batches, other images in each round. */
async function timed(gpu, { data, step }, round) {
  const order = batches(shuffled([...data.files.keys()], 0, round), defaultConfig.batch).slice(0, 20)
  const started = performance.now()
  const next = readAhead(data, order)
  for (const draws of order) {
    step.run(draws, 1, await next())
    gpu.endStep()
    await gpu.pace()
  }
  await gpu.done()
  return (performance.now() - started) / 1000
}

const [task, ...given] = process.argv.slice(2)
const tasks = { draw, memory, speed }
if (!tasks[task]) throw new Error(`expected one of ${Object.keys(tasks).join(", ")}; see the top of this file`)
await tasks[task](...given)
