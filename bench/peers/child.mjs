/**
 * A peer's process: opens the adapter, then trains so many steps whenever it is asked to. Each has
 * its own since each has its own device, and a peer that hangs or crashes leaves the others be.
 */
import { on } from "node:events"
import { refNetM, refNetS } from "../../dist/bench/refnet.js"
import { workloadOf } from "../../dist/bench/workload.js"
import { withAdapter } from "../../dist/src/gpu/device.js"
import { becomeBrowser, waitPatiently } from "./browser.mjs"

const { peer, netName, adapter, exact, patient } = JSON.parse(process.argv[2])
const ADAM = { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-7 }

async function open() {
  const net = [refNetS, refNetM].find(({ name }) => name === netName)
  return withAdapter({ adapter, exact }, async (found) => {
    countDispatches()
    if (peer !== "ours") {
      becomeBrowser(found.adapter)
      if (patient) waitPatiently()
    }
    const { start } = await import(`./${peer}.mjs`)
    const trainer = await start(found, net, workloadOf(net), ADAM)
    return { trainer, adapter: found.info, flags: found.flags }
  })
}

let dispatches = 0

/** Of whoever computes in this process. */
function countDispatches() {
  const { dispatchWorkgroups } = GPUComputePassEncoder.prototype
  GPUComputePassEncoder.prototype.dispatchWorkgroups = function (...counts) {
    dispatches++
    dispatchWorkgroups.apply(this, counts)
  }
}

async function timed(work) {
  const before = dispatches
  const started = performance.now()
  const loss = await work()
  return { ms: performance.now() - started, loss, dispatches: dispatches - before }
}

let trainer
const tasks = {
  async open() {
    const { trainer: opened, ...about } = await open()
    trainer = opened
    return about
  },
  first: () => timed(() => trainer.first()),
  turn: (steps) => timed(() => trainer.train(steps)),
}

for await (const [{ task, steps }] of on(process, "message")) {
  try {
    process.send({ answer: await tasks[task](steps) })
  } catch (error) {
    process.send({ error: error.message })
  }
}
