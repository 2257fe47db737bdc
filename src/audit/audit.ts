/** What is to be known of a folder of images before an accuracy on it is believed. */
import { findClasses, partOf } from "../data/classes.ts"
import { formatNames } from "../data/formats.ts"
import { findGroups, type GroupOptions } from "../data/groups.ts"
import type { FileFacts } from "../data/read_image.ts"
import { byCodeUnit, findImages, type Skipped } from "../data/walk.ts"
import { cacheFolder } from "../files/cache_folder.ts"
import { examine, type Progress } from "./examine.ts"
import { type Shortcut, shortcuts } from "./shortcuts.ts"
import { Union } from "./union.ts"

export interface AuditOptions extends GroupOptions {
  /** Name of the positive class folder, where the names of two do not say it. */
  positive?: string
  onProgress?: (progress: Progress) => void
  /** Ends it between two images, with the signal's reason. */
  signal?: AbortSignal
  /** Where findings are kept for the next time; false for nowhere. The default is the user's cache folder. */
  cacheDir?: string | false
}

/** A near copy as it was confirmed; docs/audit.md says what the figures mean. */
export interface CopyLink {
  files: [string, string]
  /** Of fine structure where both show something, after registration; 0..1. */
  correlation: number
  /** Degrees clockwise that make the first into the second, after mirroring where it is mirrored. */
  rotation: number
  mirrored: boolean
  scale: number
}

/** Files that show the same radiograph, sorted. */
export interface CopySet {
  files: string[]
  /** The classes that they lie in; two and more contradict each other. */
  classes: string[]
  /** The groups that they are in without the audit; two and more may be trained on and tested apart. */
  groups: string[]
  /** The parts of the set's own split; two and more are a leak. */
  parts: string[]
}

export interface Audit {
  dir: string
  /** Images that can be used, sorted; `labels`, `groups` and `joined` have one entry each. */
  files: string[]
  /** Empty where the folder has none; `classProblem` says why. */
  classes: string[]
  /** Index into `classes`; empty without them. */
  labels: number[]
  classProblem: string | null
  /** Files that cannot be used, and why. */
  skipped: Skipped[]
  /** Sets of files with the same content. */
  identical: string[][]
  links: CopyLink[]
  /** What identical and near copies come to together. */
  copies: CopySet[]
  /** The groups as they are, and one sentence on where they come from. */
  groups: string[]
  grouping: string
  /** The groups with copies joined. */
  joined: string[]
  /** Images in each part of the set's own split. */
  parts: Record<string, number>
  shortcuts: Shortcut[]
  /** For each kind of metadata the files that have it. */
  metadata: Record<string, string[]>
  /** Files of each format. */
  formats: Record<string, number>
}

/**
 * Looks at all images in `dir`. Throws if there are none, or if the groups do not fit the files; classes that cannot be
 * told are no error.
 */
export async function audit(dir: string, options: AuditOptions = {}): Promise<Audit> {
  const found = await findImages(dir)
  if (found.files.length === 0)
    throw new Error(`${dir}: no images found. Expected ${formatNames()} files in one folder a class.`)
  const classified = classify(dir, found.files, options)
  await findGroups(dir, classified.files, options) // Before the long work, so that a mistake in them shows at once.
  const examined = await examine(dir, classified.files, { cacheDir: cacheFolder() ?? false, ...options })
  const { files, hashes, facts } = examined
  const label = new Map(classified.files.map((file, i) => [file, classified.labels[i]]))
  const labels = classified.classes.length > 0 ? files.map((file) => label.get(file)!) : []
  const { groups, grouping } = await findGroups(dir, files, options)

  const same = new Union(files.length)
  const first = new Map<string, number>()
  for (const [i, hash] of hashes.entries()) same.join(i, first.get(hash) ?? first.set(hash, i).get(hash)!)
  const copies = new Union(files.length)
  for (const set of same.sets()) for (const i of set) copies.join(set[0], i)
  for (const { i, j } of examined.links) copies.join(i, j)
  const joined = joinGroups(groups, copies)
  const parts = files.map((file) => partOf(file))
  const distinct = (values: (string | undefined)[]) =>
    [...new Set(values.filter((value) => value !== undefined))].sort(byCodeUnit)
  const kept = { files, classes: classified.classes, labels: Uint8Array.from(labels), groups: joined }
  return {
    dir,
    files,
    classes: classified.classes,
    labels,
    classProblem: classified.problem,
    skipped: [...found.skipped, ...classified.skipped, ...examined.failed].sort((a, b) => byCodeUnit(a.file, b.file)),
    identical: same.sets().map((set) => set.map((i) => files[i])),
    links: examined.links.map(({ i, j, ...link }) => ({ files: [files[i], files[j]], ...link })),
    copies: copies.sets().map((set) => ({
      files: set.map((i) => files[i]),
      classes: distinct(set.map((i) => classified.classes[labels[i]])),
      groups: distinct(set.map((i) => groups[i])),
      parts: distinct(set.map((i) => parts[i])),
    })),
    groups,
    grouping,
    joined,
    parts: tally(parts.filter((part) => part !== undefined)),
    shortcuts: shortcuts(kept, facts),
    metadata: byKind(files, facts),
    formats: tally(facts.map(({ format }) => format)),
  }
}

interface Classified {
  files: string[]
  classes: string[]
  labels: ArrayLike<number>
  skipped: Skipped[]
  problem: string | null
}

function classify(dir: string, files: string[], options: AuditOptions): Classified {
  try {
    return { ...findClasses(dir, files, options), problem: null }
  } catch (error) {
    if (options.positive !== undefined) throw error
    return { files, classes: [], labels: [], skipped: [], problem: (error as Error).message }
  }
}

/** Groups that share a radiograph become one, by the name of the first. */
function joinGroups(groups: readonly string[], copies: Union): string[] {
  const names = [...new Set(groups)]
  const number = new Map(names.map((name, i) => [name, i]))
  const union = new Union(names.length)
  for (const set of copies.sets()) for (const i of set) union.join(number.get(groups[set[0]])!, number.get(groups[i])!)
  return groups.map((group) => names[union.root(number.get(group)!)])
}

function byKind(files: readonly string[], facts: readonly FileFacts[]): Record<string, string[]> {
  const kinds: Record<string, string[]> = {}
  for (const [i, { metadata }] of facts.entries()) for (const kind of metadata) (kinds[kind] ??= []).push(files[i])
  return kinds
}

function tally(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1
  return counts
}
