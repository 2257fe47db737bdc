/** What a folder holds that cannot be used, for people. */
import path from "node:path"
import { plural } from "../text/plural.ts"
import { some } from "../text/some.ts"
import { visible } from "../text/visible.ts"
import { formatNames } from "./formats.ts"
import type { Skipped } from "./walk.ts"

/** At most so many reasons are named. */
const REASONS = 10

/** By how its reason begins; the first that fits. */
const KINDS: readonly [begins: RegExp, one: string, many: string][] = [
  [/^mask/, "mask", "masks"],
  [/^thumbnail/, "thumbnail", "thumbnails"],
  [/^folder of thumbnails/, "folder of thumbnails", "folders of thumbnails"],
  [/^preview/, "preview", "previews"],
  [/^heatmap/, "heatmap of this program", "heatmaps of this program"],
  [/^contact sheet/, "contact sheet of this program", "contact sheets of this program"],
  [/^(nearly )?blank/, "blank image", "blank images"],
  [/^the file is empty|without (a picture|pixel)|no pixel/, "without a pixel", "without a pixel"],
  [/^not an image/, "not an image", "not images"],
  [/^truncated|damaged/, "damaged", "damaged"],
  [/convert it to PNG$/, "of a format that is not read", "of formats that are not read"],
  [/^lies in no/, "in no class folder", "in no class folder"],
  [/^no row in/, "without a row in the table", "without a row in the table"],
  [/symbolic link/, "link", "links"],
  [/^DICOM file/, "DICOM file of a kind that is not read", "DICOM files of kinds that are not read"],
]
const STRAYS = /^(mask|thumbnail|preview|heatmap|contact sheet)/

/** "3 masks, 2 without a pixel, 1 not an image": most first. */
export const leftOutCounts = (skipped: readonly Skipped[]): string => leftOutByKind(skipped).join(", ")

/** The same, one text per kind. */
export function leftOutByKind(skipped: readonly Skipped[]): string[] {
  const counts = new Map<(typeof KINDS)[number] | undefined, number>()
  for (const { reason } of skipped) {
    const kind = KINDS.find(([begins]) => begins.test(reason))
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
  }
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([kind, n]) => (kind ? plural(n, kind[1], kind[2]) : `${n.toLocaleString("en")} for other reasons`))
}

/** Whether an image was left out since it is no film: `--all-images` keeps it. */
export const isStrayReason = (reason: string): boolean => STRAYS.test(reason)

/** What to do if films are among the strays; empty without any. */
export function keepText(skipped: readonly Skipped[]): string {
  const n = skipped.filter(({ reason }) => isStrayReason(reason)).length
  return n === 0 ? "" : `If one of them is a film: --all-images keeps masks, thumbnails and heatmaps in.`
}

/** The first of each kind, then the others in their order. */
export function examplesFirst(skipped: readonly Skipped[]): Skipped[] {
  const kindOf = ({ reason }: Skipped) => KINDS.find(([begins]) => begins.test(reason))
  const first = skipped.filter((one, i) => skipped.findIndex((other) => kindOf(other) === kindOf(one)) === i)
  return [...first, ...skipped.filter((one) => !first.includes(one))]
}

/** A line per reason, which links out of the folder may share by the hundred. */
export function reasonLines(skipped: readonly Skipped[]): string[] {
  const files = new Map<string, string[]>()
  for (const { file, reason } of examplesFirst(skipped)) files.set(reason, [...(files.get(reason) ?? []), file])
  const shown = [...files].slice(0, REASONS)
  const rest = [...files].slice(REASONS).reduce((sum, [, names]) => sum + names.length, 0)
  return [
    ...shown.map(([reason, names]) => `${visible(some(names))}: ${visible(reason)}`),
    ...(rest > 0 ? [`and ${rest} more`] : []),
  ]
}

export const leftOutText = (skipped: readonly Skipped[]): string =>
  reasonLines(skipped).map((line) => `  ${line}`).join("\n") // biome-ignore format: a chain

export function noImages(dir: string, skipped: readonly Skipped[]): Error {
  const want = `Expected ${formatNames()} files in one folder per class, such as ${path.join(dir, "fractured")}`
  const left = skipped.length > 0 ? ` Left out:\n${leftOutText(skipped)}` : ""
  return new Error(`${dir}: no images found. ${want} and ${path.join(dir, "not_fractured")}.${left}`)
}
