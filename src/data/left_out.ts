/** What a folder holds that cannot be used, for people. */
import path from "node:path"
import { formatNames } from "./formats.ts"
import type { Skipped } from "./walk.ts"

/** At most so many files are named. */
const NAMED = 20

export function leftOutText(skipped: readonly Skipped[]): string {
  const lines = skipped.slice(0, NAMED).map(({ file, reason }) => `  ${file}: ${reason}`)
  return [...lines, ...(skipped.length > NAMED ? [`  ... and ${skipped.length - NAMED} more`] : [])].join("\n")
}

export function noImages(dir: string, skipped: readonly Skipped[]): Error {
  const want = `Expected ${formatNames()} files in one folder per class, such as ${path.join(dir, "fractured")}`
  const left = skipped.length > 0 ? ` Left out:\n${leftOutText(skipped)}` : ""
  return new Error(`${dir}: no images found. ${want} and ${path.join(dir, "not_fractured")}.${left}`)
}
