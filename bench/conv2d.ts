/**
 * Convolution: forward, input gradient, weight gradient, from naive to fast.
 *
 * The ladder on SwiftShader (Subzero), 2 cores, 2026-11-23, otherwise idle; GFLOP/s on shape refnet-s-2, wall clock, and
 * the milliseconds that the pipeline takes to compile, wall clock:
 *
 *     forward  plain: a thread an element, two loads a multiply-add                              0.30    18
 *              tile 4x4x8 as its file has it: windows and sums in memory, indexed in loops       0.22    77
 *              tile 2x4x8 unrolled: in SSA values, the nine taps of a sum in one chain           4.2    107
 *              tile 4x4x8: twice the sums for half as many loads again                           5.7    234
 *              tile 4x4x12: no gain where it does not divide the channels                        4.3    286
 *              tile 4x4x16: a little more for twice the compile time                             6.0    553
 *     input    plain: a thread an element                                                        0.47
 *              tile 4x4x8, the forward pipeline over dy with the kernel turned round             5.5      0
 *     weight   plain: a thread a weight, batch and pixels in series                              0.47
 *              tile 4x4x8: dw of 8 channels kept, four input channels share the loads of dy      5.7    178
 *
 * One input channel, shape refnet-s-1: forward plain 0.22, tile 4x4x8 0.86, few (the window loaded once for all output
 * channels) 3.9 and 79 ms; weight plain 0.41, tile 4x4x8 1.4, few (8 output channels share the window) 1.9 and 110 ms.
 *
 * Measured before tiles of 5x5 came. A repeated run gave up to a third more or less. Without its loads a tile still took some two thirds of its time. Tried
 * without a clear gain, on a loaded machine: other orders of the loops around the multiply-adds; vec4 loads, only by
 * themselves, 11 ns a value against 13. A && in an unrolled loop, which branches, took the compiler from half a second to
 * over ten.
 *
 *     npm run build && npx tsc --noEmit false --outDir dist/dev && node dist/dev/bench/conv2d.js [NAME...]
 *
 * NAME picks shapes of conv2d_shapes.ts. Every rung is first verified against float64 on random odd shapes, then all are
 * timed in turns, since a machine's speed may drift within seconds; the medians count, and the margin of error beside
 * them. "ms" is wall clock; "cores" is the processor time of the run over all cores, which other load disturbs less. A
 * first run compiles, unless an earlier one had the same pipeline. "=" marks rungs that are no slower than the fastest but
 * by chance.
 */
import { availableParallelism } from "node:os"
import { runBackwardInput, runBackwardParameters, runForward } from "../src/layers/conv2d_dispatch.ts"
import type { Conv2dSizes, Plan } from "../src/layers/conv2d_kernels.ts"
import { Purpose, Random } from "../src/tensor/random.ts"
import { openGpu, type TensorGpu } from "../src/tensor/tensor_gpu.ts"
import { checkConv2d, sizesOf } from "../test/conv2d_check.ts"
import { draw } from "../test/gradcheck.ts"
import { type Pass, type Rung, rungsFor } from "./conv2d_rungs.ts"
import { SHAPES } from "./conv2d_shapes.ts"
import { interleaved, slower, type Timing } from "./timing.ts"

const ROUNDS = 7

const gpu = await openGpu()
const RUNGS = rungsFor(gpu.adapter.subgroupSize)
// The same adapter, but every kernel as its file has it.
const asWritten = await openGpu()
asWritten.unrolling = false

const on = (rung: Rung): TensorGpu => (rung.unrolled === false ? asWritten : gpu)

/** One pass of a rung over tensors of its own device. */
function prepare(rung: Rung, pass: Pass, plan: Plan, sizes: Conv2dSizes) {
  const device = on(rung)
  const { n, c, h, w: wide, o, oh, ow, kh } = sizes
  const drawn = (...shape: number[]) => device.persistent(shape, draw(shape, 1))
  const [x, w, b, dy] = [drawn(n, c, h, wide), drawn(o, c, kh, kh), drawn(o), drawn(n, o, oh, ow)]
  const db = plan.params.splits ? b : null
  return async () => {
    if (pass === "forward") runForward({ x, w, b, y: dy }, sizes, { plan })
    else if (pass === "input") runBackwardInput({ w, dy, dx: x }, sizes, plan)
    else runBackwardParameters({ x, dy, dw: w, db }, sizes, plan)
    device.endStep()
    await device.done()
  }
}

/** The rung on random odd shapes; how many of them it fits. */
async function verify(rung: Rung, pass: Pass): Promise<number> {
  const random = new Random(5, Purpose.test)
  let fitting = 0
  for (let i = 0; i < 30; i++) {
    const x = [
      1 + random.integer(3),
      i % 3 ? 1 + random.integer(18) : 1,
      4 + random.integer(10),
      4 + random.integer(10),
    ]
    const sizes = sizesOf(x, 1 + random.integer(33), 3, 1 + random.integer(2), random.integer(3))
    const plan = rung.plan(sizes)
    if (!plan) continue
    await checkConv2d(on(rung), sizes, false, { [pass]: plan })
    fitting++
  }
  return fitting
}

async function verifyAll(): Promise<void> {
  for (const [pass, rungs] of Object.entries(RUNGS) as [Pass, Rung[]][]) {
    for (const rung of rungs) console.log(`${pass} ${rung.name}: agrees on ${await verify(rung, pass)} random shapes`)
  }
}

async function time(name: string): Promise<void> {
  const { x, o, k, stride, padding } = SHAPES[name]
  const sizes = sizesOf(x, o, k, stride, padding)
  const { n, oh, ow, c } = sizes
  const flops = 2 * n * o * oh * ow * c * k * k
  console.log(`\n${name}: [${x}] -> ${o}, kernel ${k}, stride ${stride}, padding ${padding}: ${flops / 1e6} MFLOP`)
  for (const [pass, rungs] of Object.entries(RUNGS) as [Pass, Rung[]][]) {
    if (pass === "input" && c === 1) continue
    const fitting = rungs.flatMap((rung) => {
      const plan = rung.plan(sizes)
      return plan ? [{ rung, run: prepare(rung, pass, plan, sizes) }] : []
    })
    const timings = await interleaved(
      fitting.map(({ run }) => run),
      ROUNDS,
    )
    const fastest = timings.reduce((best, timing) => (timing.wall < best.wall ? timing : best))
    fitting.forEach(({ rung }, i) => {
      const mark = slower(timings[i], fastest) ? " " : "="
      console.log(row(`${mark} ${pass} ${rung.name}`, timings[i], flops))
    })
  }
}

function row(name: string, { first, wall, spread, cores }: Timing, flops: number): string {
  const rate = (ms: number) => (flops / ms / 1e6).toFixed(2).padStart(6)
  const ms = (value: number) => value.toFixed(1).padStart(7)
  return (
    `${name.padEnd(36)}${ms(wall)} ms ±${spread.toFixed(0).padStart(3)} % ${rate(wall)} GFLOP/s  cores ${ms(cores)} ms ${rate(cores)} GFLOP/s` +
    `  first run ${ms(first)} ms`
  )
}

console.log(`${gpu.adapter.name}, ${gpu.adapter.driver}, ${availableParallelism()} cores`)
const names = process.argv.slice(2)
const unknown = names.find((name) => !SHAPES[name])
if (unknown) throw new Error(`no shape is called ${unknown}; there are ${Object.keys(SHAPES).join(", ")}`)
await verifyAll()
for (const name of names.length ? names : Object.keys(SHAPES)) await time(name)
gpu.close()
asWritten.close()
