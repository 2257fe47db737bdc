/** What `cnn bench` prints for people. */
import { digits } from "../../bench/digits.ts"
import type { Head } from "../../bench/head.ts"
import type { Measured, TimedRung } from "../../bench/measure.ts"
import type { BenchResult } from "../../bench/run.ts"
import type { StepResult } from "../../bench/step.ts"
import { percent, table } from "../text/table.ts"

export function headText({ adapter, cores }: Head): string {
  const { name, driver, exact } = adapter
  return `${name}, ${driver}, ${cores} cores${exact ? ", all checks on" : ""}`
}

export const overheadsText = ({ overheads: { dispatch, submit } }: BenchResult): string =>
  `a dispatch ${digits(dispatch)} us, a submit and the wait for it ${digits(submit)} us`

export function measuredText(ladder: string, { shape, sizes, flops, bytes, ceilings, ...rest }: Measured): string {
  const { rungs, unfit, wrong } = rest
  const named = Object.entries(sizes as object).map(([name, value]) => `${name} ${value}`)
  const work = [
    flops > 0 && `${digits(flops / 1e6)} MFLOP`,
    bytes > 0 && `${digits(bytes / 1e6)} MB`,
    flops > 0 && bytes > 0 && `${digits(flops / bytes)} FLOP a byte`,
  ].filter(Boolean)
  const could = `the adapter ${digits(ceilings.gflops)} GFLOP/s in registers, ${digits(ceilings.gbs)} GB/s copying`
  const hasRoof = rungs.some(({ share }) => share !== undefined)
  return [
    `${ladder} ${shape}: ${named.join(", ")}`,
    ...(hasRoof ? [`  ${work.join(", ")}; ${could}`] : work.length > 0 ? [`  ${work.join(", ")}`] : []),
    ...rungTable(rungs),
    ...(unfit.length > 0 ? [`  do not fit: ${unfit.join("; ")}`] : []),
    ...wrong.map(({ rung, problem }) => `  WRONG, and not timed: ${rung}\n    ${problem}`),
  ].join("\n")
}

export const LEGEND =
  "= no other rung is faster but by chance; ± 95 % margin of the mean; of roof: part of what the adapter could do (docs/bench.md)"

const HEAD = ["rung", "ms", "±", "kernels", "GFLOP/s", "GB/s", "of roof", "compile", "first"]

function rungTable(rungs: TimedRung[]): string[] {
  if (rungs.length === 0) return []
  return table([HEAD, ...rungs.map(cells)]).map((line, i) => `${i > 0 && rungs[i - 1].fastest ? "=" : " "} ${line}`)
}

function cells({ rung, ms, margin, kernelMs, gflops, gbs, share, compileMs, firstMs }: TimedRung): string[] {
  return [
    rung,
    digits(ms),
    `${margin.toFixed(0)} %`,
    !kernelMs ? "" : digits(kernelMs),
    gflops > 0 ? digits(gflops) : "",
    gbs > 0 ? digits(gbs) : "",
    share === undefined ? "" : percent(share),
    digits(compileMs),
    digits(firstMs),
  ]
}

/** A training step, and its kernels below it. */
export function stepText(step: StepResult): string {
  const { network, batch, size, parameters, flops, ms, margin, gflops, share, kernels } = step
  return [
    `${network}: ${batch} images of ${size}x${size}, ${parameters} parameters, ${digits(flops / 1e9)} GFLOP per step`,
    `  ${digits(ms)} ms per step ± ${margin.toFixed(0)} %, ${digits(gflops)} GFLOP/s, ${percent(share)} of the adapter's ${digits(step.ceilings.gflops)}`,
    `  ${step.dispatches} dispatches, ${step.submits === 1 ? "1 submit" : `${step.submits} submits`}, ${digits(step.javascriptMicroseconds)} us of JavaScript per dispatch`,
    `  ${digits(step.hostMicroseconds)} us per dispatch with WebGPU's part, ${digits(step.opsMicroseconds)} if the step is not recorded`,
    `  ${step.pipelines} pipelines compiled in ${digits(step.compileMs)} ms, the first step after that ${digits(step.firstMs)} ms`,
    ...(kernels ? kernelTable(kernels) : ["  no breakdown by kernel: this adapter has no timestamps"]),
  ].join("\n")
}

function kernelTable(kernels: NonNullable<StepResult["kernels"]>): string[] {
  const rows = kernels.map(({ kernel, dispatches, ms, share, gflops }) => {
    return [kernel, `${dispatches}`, digits(ms), percent(share), gflops === undefined ? "" : digits(gflops)]
  })
  return table([["kernel", "dispatches", "ms", "share", "GFLOP/s"], ...rows]).map((line) => `  ${line}`)
}
