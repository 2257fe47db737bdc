/** What `cnn tune` prints for people. */

import { digits } from "../../bench/digits.ts"
import type { TunedPass, TuneResult } from "../../bench/tune/run.ts"
import type { AdapterInfo, Tuned } from "../gpu/adapter.ts"
import { table } from "../text/table.ts"

const HEAD = ["", "default", "ms", "compile", "chosen", "ms", "compile", "gain"]

/** @param file where the table was stored */
export function tunedText({ adapter, steps, passes, before, after, table: stored }: TuneResult, file: string): string {
  if (passes.length === 0) return `${adapter.name}: there are no kernels to choose between for this network`
  const seconds = (ms: number) => `${digits(ms / 1000)} s`
  const now = `${digits(after.step)} ms per step, ${seconds(after.run)} in a run of ${steps} steps, compilation included`
  return [
    `${adapter.name}, ${adapter.driver}`,
    ...table([HEAD, ...passes.map(cells)], "llrrlr").map((line) => `  ${line}`),
    "Milliseconds per step, and once per kernel to compile it; = keeps the default.",
    ...passes.flatMap(({ key, wrong }) =>
      wrong.map(({ name, problem }) => `WRONG, and not to be chosen: ${key}: ${name}\n  ${problem}`),
    ),
    before
      ? `Convolutions: ${now}; before ${digits(before.step)} ms and ${seconds(before.run)}.`
      : `Convolutions: ${now}. Not all defaults are right here.`,
    `Stored as table ${stored.hash} in ${file}`,
  ].join("\n")
}

function cells({ key, default: taken, defaultMs, chosen, compileMs }: TunedPass): string[] {
  const ms = (value?: number) => (value === undefined ? "" : digits(value))
  const head = [key, taken, ms(defaultMs), ms(compileMs.default)]
  if (!chosen) return [...head, "none is right", "", "", ""]
  if (chosen.name === taken) return [...head, "=", "", "", ""]
  const gain = defaultMs === undefined ? "" : `${(100 * (1 - chosen.ms / defaultMs)).toFixed(0)} %`
  return [...head, chosen.name, ms(chosen.ms), ms(compileMs.chosen), gain]
}

/** What is stored for an adapter. */
export function tableText(adapter: AdapterInfo, file: string, table?: Tuned): string {
  const head = `${adapter.name}, ${adapter.driver}`
  if (!table) return `${head}: no table is stored for it and this version of cnn; the defaults are used`
  const entries = Object.entries(table.choices)
  const used = process.env.CNN_TUNE === "off" ? "; CNN_TUNE=off, so it is not used" : ""
  return [
    `${head}: table ${table.hash} of ${table.date.slice(0, 10)}${used}`,
    ...entries.map(([key, name]) => `  ${key}: ${name}`),
    entries.length > 0 ? "All else is computed by the default." : "The default was best for all that was measured.",
    file,
  ].join("\n")
}
