// node bench/without_kernel.mjs [NETWORK...]: what each kernel is worth. Takes every kernel that
// was chosen over a plainer one away, and prints the time of a training step without it as a ratio
// to the step with it. Both run in turns in one process, on devices of their own. The first row
// takes nothing away: it says how far ratios stray by themselves. CNN_ADAPTER chooses the adapter,
// CNN_BENCH_ROUNDS the number of turns.
import { openBench } from "../dist/bench/device.js"
import { begin } from "../dist/bench/step_training.js"
import { namedNetwork } from "../dist/src/cli/named_network.js"

const ROUNDS = Number(process.env.CNN_BENCH_ROUNDS ?? 11)
/** Milliseconds that a turn takes at least. */
const TURN = 150

async function training(name, without) {
  const gpu = await openBench({ adapter: process.env.CNN_ADAPTER })
  gpu.adapter.without = new Set(without)
  const made = await begin(gpu, name, await namedNetwork(name))
  await time(made, 3)
  return made
}

/** Milliseconds of a step: of the processor, all its cores together, and by the wall clock. */
async function time({ gpu, replay }, steps) {
  const [started, before] = [performance.now(), process.cpuUsage()]
  for (let step = 0; step < steps; step++) {
    replay()
    gpu.endStep()
    await gpu.done()
  }
  const { user, system } = process.cpuUsage(before)
  return { cpu: (user + system) / 1000 / steps, wall: (performance.now() - started) / steps }
}

/** The ratios of all turns, without over with. */
async function ratios(whole, part) {
  const steps = Math.ceil(TURN / (await time(whole, 1)).wall)
  const found = { cpu: [], wall: [] }
  for (let round = 0; round < ROUNDS; round++) {
    const order = round % 2 ? [whole, part] : [part, whole]
    const times = new Map()
    for (const one of order) times.set(one, await time(one, steps))
    for (const clock of ["cpu", "wall"]) found[clock].push(times.get(part)[clock] / times.get(whole)[clock])
  }
  return found
}

/** Median, with the range that holds the middle half. */
function middle(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share) => sorted[Math.round(share * (sorted.length - 1))].toFixed(2)
  return `${at(0.5)} (${at(0.25)}-${at(0.75)})`
}

/** Kernels of a step for which the list of candidates has another; the plain ones are left. */
function chosen({ gpu, ops }) {
  const kernels = []
  gpu.noting(kernels, ops)
  gpu.endStep()
  return [...new Set(kernels.map(({ kernel }) => kernel))].filter((kernel) =>
    /_(tile|few|tiling|depthwise|gemm|wide)$|^gemm$/.test(kernel),
  )
}

const networks = process.argv.slice(2)
for (const name of networks.length > 0 ? networks : ["small", "refnet-s", "refnet-m"]) {
  const whole = await training(name, [])
  console.log(
    `${name} on ${whole.gpu.adapter.name}, step without a kernel / with all, median and middle half of ${ROUNDS}`,
  )
  for (const kernel of ["", ...chosen(whole)]) {
    const part = await training(name, [kernel])
    const { cpu, wall } = await ratios(whole, part)
    console.log(`  ${(kernel || "nothing taken away").padEnd(46)} processor ${middle(cpu)}, wall ${middle(wall)}`)
    part.gpu.close()
  }
  whole.gpu.close()
}
process.exit(0)
