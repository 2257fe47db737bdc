/** What `cnn bench` prints for people. */
import { digits } from "../../bench/digits.ts"
import type { Measured, TimedRung } from "../../bench/measure.ts"
import type { BenchResult } from "../../bench/run.ts"

export function headText({ adapter, cores, overheads }: BenchResult): string {
  const { name, driver, exact } = adapter
  return [
    `${name}, ${driver}, ${cores} cores${exact ? ", all checks on" : ""}`,
    `a dispatch ${digits(overheads.dispatch)} us, a submit and the wait for it ${digits(overheads.submit)} us`,
  ].join("\n")
}

export function measuredText(ladder: string, { shape, sizes, flops, bytes, ceilings, ...rest }: Measured): string {
  const work = [
    flops > 0 && `${digits(flops / 1e6)} MFLOP`,
    bytes > 0 && `${digits(bytes / 1e6)} MB`,
    flops > 0 && bytes > 0 && `${digits(flops / bytes)} FLOP a byte`,
  ].filter(Boolean)
  const { rungs, unfit, wrong } = rest
  return [
    `${ladder} ${shape}: ${Object.entries(sizes as object)
      .map(([name, value]) => `${name} ${value}`)
      .join(", ")}`,
    `  ${work.join(", ")}; the adapter ${digits(ceilings.gflops)} GFLOP/s in registers, ${digits(ceilings.gbs)} GB/s copying`,
    ...table(rungs),
    ...(unfit.length > 0 ? [`  do not fit: ${unfit.join("; ")}`] : []),
    ...wrong.map(({ rung, problem }) => `  WRONG, and not timed: ${rung}\n    ${problem}`),
  ].join("\n")
}

const HEAD = ["rung", "ms", "±", "kernels", "GFLOP/s", "GB/s", "of roof", "compile", "first"]

function table(rungs: TimedRung[]): string[] {
  if (rungs.length === 0) return []
  const rows = [HEAD, ...rungs.map(cells)]
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  const line = (row: string[], mark: string) =>
    `${mark} ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join("  ")}`
  return rows.map((row, i) => line(row, i > 0 && rungs[i - 1].fastest ? "=" : " "))
}

function cells({ rung, ms, margin, kernelMs, gflops, gbs, share, compileMs, firstMs }: TimedRung): string[] {
  return [
    rung,
    digits(ms),
    `${margin.toFixed(0)} %`,
    kernelMs === undefined ? "" : digits(kernelMs),
    gflops > 0 ? digits(gflops) : "",
    gbs > 0 ? digits(gbs) : "",
    share === undefined ? "" : `${(100 * share).toFixed(1)} %`,
    digits(compileMs),
    digits(firstMs),
  ]
}
