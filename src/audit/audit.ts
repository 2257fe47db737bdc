/** What is to be known of a folder of images before an accuracy on it is believed. */
import { breathing } from "../classic/breath.ts"
import { Ambiguous } from "../data/ambiguous.ts"
import { holdsImages } from "../data/beside.ts"
import { partOf } from "../data/class_names.ts"
import { type ClassPlace, classTree, tableTree } from "../data/class_tree.ts"
import { countsOf } from "../data/counts.ts"
import { findGroups, type GroupOptions } from "../data/groups.ts"
import { identical, joinGroups } from "../data/identical.ts"
import { noImages } from "../data/left_out.ts"
import { Pseudonyms } from "../data/pseudonyms.ts"
import { type FileFacts, ownReason } from "../data/read_image.ts"
import { findStrays, type StrayOptions } from "../data/strays.ts"
import { classify, columnsOf, type Labelled, type LabelOptions, type TableFacts } from "../data/table_classes.ts"
import { tableGroups } from "../data/table_groups.ts"
import { Union } from "../data/union.ts"
import { byCodeUnit, findImages, type Skipped } from "../data/walk.ts"
import { cacheFolder } from "../files/cache_folder.ts"
import { cluesOf } from "./clues.ts"
import { type Examined, examine, type Progress, without } from "./examine.ts"
import { invertedFilms } from "./inverted.ts"
import type { RunDoubts } from "./run_doubts.ts"
import { type Shortcut, shortcuts } from "./shortcuts.ts"
import { type ClueResult, withoutBone } from "./without_bone.ts"

export interface AuditOptions extends GroupOptions, LabelOptions, StrayOptions {
  /** Classes that cannot be read are an error, as they are when a run reads the folder. */
  needsClasses?: boolean
  onProgress?: (progress: Progress) => void
  /** Ends it between two images, with the signal's reason. */
  signal?: AbortSignal
  /**
   * Where findings are kept for the next time; false for nowhere. The default is the user's cache
   * folder.
   */
  cacheDir?: string | false
}

/** A near copy as it was confirmed; docs/audit.md says what the metrics mean. */
export interface CopyLink {
  files: [string, string]
  /** Of fine structure where both show something, after registration; 0..1. */
  correlation: number
  /**
   * Degrees clockwise that make the first into the second, after mirroring if it is mirrored.
   */
  rotation: number
  mirrored: boolean
  scale: number
}

/** Files that show the same radiograph, sorted. */
export interface CopySet {
  files: string[]
  /** The classes that they lie in; two and more contradict each other. */
  classes: string[]
  /**
   * The groups that they are in without the audit; two and more may be trained on and tested apart.
   */
  groups: string[]
  /** The parts of the set's own split; two and more are a leak. */
  parts: string[]
}

export interface Audit {
  dir: string
  /**
   * Images that can be used, sorted; `hashes`, `labels`, `groups` and `joined` have one entry each.
   */
  files: string[]
  /** SHA-256 of each file. */
  hashes: string[]
  /** Empty where the folder has none; `classProblem` says why. */
  classes: string[]
  /** Index into `classes`; empty without them. */
  labels: number[]
  classProblem: string | null
  /** The folder can be read in several ways, and `classProblem` says what to type. */
  isAmbiguous: boolean
  /** Where the images of each class lie. */
  tree: ClassPlace[]
  /** The labels table, if classes come from one. */
  table: TableFacts | null
  /** Files that cannot be used, and why. */
  skipped: Skipped[]
  /** What lies beside the images and is certainly none. */
  beside: Skipped[]
  /** Sets of files with the same content. */
  identical: string[][]
  links: CopyLink[]
  /** What identical and near copies come to together. */
  copies: CopySet[]
  /** The groups as they are, and one sentence on where they come from. */
  groups: string[]
  grouping: string
  /** See `Grouping`. */
  patientsUnknown: boolean
  groupWarnings: string[]
  /** The groups with copies joined. */
  joined: string[]
  /** Images in each part of the set's own split. */
  parts: Record<string, number>
  shortcuts: Shortcut[]
  /** What a network must be better than; empty if a class has too few groups. */
  withoutBone: ClueResult[]
  /** Images that look inverted beside the others. */
  inverted: string[]
  /** Groups of the files that cannot be used: groups.csv needs a line for each. */
  unused: { file: string; group: string }[]
  /** For each kind of metadata the files that have it. */
  metadata: Record<string, string[]>
  /** Files of each format. */
  formats: Record<string, number>
  /** Labels that a run contradicts; see `runDoubts`. */
  doubt?: RunDoubts
}

/**
 * Looks at all images in `dir`. Throws if there are none, or if the groups do not fit the files;
 * classes that cannot be told are no error.
 */
export async function audit(dir: string, options: AuditOptions = {}): Promise<Audit> {
  const found = await findImages(dir)
  if (found.files.length === 0) throw noImages(dir, found.skipped)
  const classified = await classesOf(dir, found.files, options, found.skipped)
  const { dirs, table } = classified
  const { pseudonyms = new Pseudonyms() } = options
  const grouping = { ...options, classDirs: dirs, pseudonyms, ...tableGroups(table) }
  const early = await findGroups(dir, classified.files, grouping) // A mistake in them shows before the long work.
  const whole = await examine(dir, classified.files, { cacheDir: cacheFolder() ?? false, ...options })
  const label = new Map(classified.files.map((file, i) => [file, classified.labels[i]]))
  const strays = options.allImages ? new Map<number, string>() : await straysOf(dir, whole, label)
  const examined = without(whole, new Set(strays.keys()))
  const { files, hashes, facts } = examined
  const labels = classified.classes.length > 0 ? files.map((file) => label.get(file)!) : []
  const { groups, grouping: origin, patientsUnknown, groupWarnings } = await findGroups(dir, files, grouping)

  const usable = new Set(files)
  const same = identical(hashes)
  const copies = new Union(files.length)
  for (const set of same.sets()) for (const i of set) copies.join(set[0], i)
  for (const { i, j } of examined.links) copies.join(i, j)
  const { groups: joined } = joinGroups(groups, copies.sets())
  const parts = files.map((file) => table?.rowOf.get(file)?.part ?? partOf(file))
  const distinct = (values: (string | undefined)[]) =>
    [...new Set(values.filter((value) => value !== undefined))].sort(byCodeUnit)
  const kept = { files, classes: classified.classes, labels: Uint8Array.from(labels), groups: joined }
  return {
    dir,
    files,
    hashes,
    classes: classified.classes,
    labels,
    classProblem: classified.problem,
    isAmbiguous: classified.isAmbiguous,
    tree: table
      ? tableTree(classified.classes, labels, table.facts)
      : classTree(classified.classes, labels, files.map((file) => dirs.get(file) ?? "")), // biome-ignore format: short
    table: table?.facts ?? null,
    skipped: [
      ...found.skipped,
      ...found.beside.filter(({ reason }) => holdsImages(reason)),
      ...classified.skipped,
      ...examined.failed,
      ...[...strays].map(([i, reason]) => ({ file: whole.files[i], reason })),
    ].sort((a, b) => byCodeUnit(a.file, b.file)),
    beside: found.beside.filter(({ reason }) => !holdsImages(reason)),
    identical: same.sets().map((set) => set.map((i) => files[i])),
    links: examined.links.map(({ i, j, ...link }) => ({ files: [files[i], files[j]], ...link })),
    copies: copies.sets().map((set) => ({
      files: set.map((i) => files[i]),
      classes: distinct(set.map((i) => classified.classes[labels[i]])),
      groups: distinct(set.map((i) => groups[i])),
      parts: distinct(set.map((i) => parts[i])),
    })),
    groups,
    grouping: origin,
    patientsUnknown: patientsUnknown ?? false,
    groupWarnings: groupWarnings ?? [],
    joined,
    parts: tally(parts.filter((part) => part !== undefined)),
    shortcuts: shortcuts(kept, facts),
    withoutBone: await withoutBone(kept, cluesOf(facts, clueColumns(files, classified)), breathing(options.signal)),
    inverted: invertedFilms(files, facts),
    unused: classified.files.flatMap((file, i) => (usable.has(file) ? [] : [{ file, group: early.groups[i] }])),
    metadata: byKind(files, facts),
    formats: tally(facts.map(({ format }) => format)),
  }
}

/**
 * Columns that may tell the class: no group is tested that a regression was fitted to, so its name
 * says nothing.
 */
function clueColumns(files: readonly string[], classified: Pick<Labelled, "table">): Record<string, string[]> {
  const all = columnsOf(files, classified) ?? {}
  const group = classified.table?.facts.groupColumn
  return Object.fromEntries(Object.entries(all).filter(([name]) => name !== group))
}

/** Why images are no films, by their place. */
async function straysOf(
  dir: string,
  { files, facts }: Examined,
  label: ReadonlyMap<string, number>,
): Promise<Map<number, string>> {
  const own = new Map<number, string>()
  for (const [i, { own: kind }] of facts.entries()) if (kind) own.set(i, ownReason(kind))
  const films = [...files.keys()].filter((i) => !own.has(i))
  const suspects = films.map((i) => ({ file: files[i], label: label.get(files[i]) ?? 0, mayBePlain: facts[i].mayBePlain })) // biome-ignore format: a row
  for (const [k, reason] of await findStrays(dir, suspects)) own.set(films[k], reason)
  return own
}

type Read = Omit<Labelled, "labels"> & { labels: ArrayLike<number>; problem: string | null; isAmbiguous: boolean }

async function classesOf(dir: string, files: string[], options: AuditOptions, left: Skipped[]): Promise<Read> {
  try {
    return { ...(await classify(dir, files, options, left)), problem: null, isAmbiguous: false }
  } catch (error) {
    const { needsClasses, positive, classes, labels } = options
    if (needsClasses || [positive, classes, labels].some((given) => given !== undefined)) throw error
    const isAmbiguous = error instanceof Ambiguous
    return {
      ...{ files, classes: [], labels: [], dirs: new Map(), skipped: [] },
      ...{ problem: (error as Error).message, isAmbiguous },
    }
  }
}

function byKind(files: readonly string[], facts: readonly FileFacts[]): Record<string, string[]> {
  const kinds: Record<string, string[]> = {}
  for (const [i, { metadata }] of facts.entries()) for (const kind of metadata) (kinds[kind] ??= []).push(files[i])
  return kinds
}

const tally = (values: readonly string[]): Record<string, number> => Object.fromEntries(countsOf(values))
