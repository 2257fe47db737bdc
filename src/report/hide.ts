/**
 * A run or an audit for a page without images: the names of files, groups and folders are hidden in
 * all of its texts.
 */
import path from "node:path"
import type { Audit } from "../audit/audit.ts"
import type { Dataset } from "../data/dataset.ts"
import type { SubgroupMetrics } from "../eval/further_metrics.ts"
import type { DataSource } from "../run/data_source.ts"
import type { InitFacts } from "../run/initial_weights.ts"
import type { Run } from "../run/read_run.ts"
import { HiddenNames, type Known } from "./hidden_names.ts"
import type { RunFiles } from "./run_files.ts"

const FOLDER = "DIR"
const TABLE = "FILE"

/** Those of a run whose pages are without images; null of another. */
export function hiddenNames(run: Run): HiddenNames | null {
  const { hidden } = run.config
  return hidden === undefined ? null : new HiddenNames(hidden, runNames(run))
}

/** What a run's pages may name. */
export const runNames = ({ config, images, classes }: Run): Known =>
  dataNames({
    ...{ source: config.source, data: config.data, init: config.init, classes },
    files: images.map(({ file }) => file),
    groups: images.map(({ group }) => group),
  })

interface Read extends Pick<Dataset, "files" | "groups" | "classes"> {
  source: DataSource
  data: Pick<Dataset, "name" | "skipped" | "table">
  init?: InitFacts
}

/** What sentences on a data set may name. */
export function dataNames({ source, data, init, files, groups, classes }: Read): Known {
  const own = source.kind === "folder" ? source : undefined
  return {
    files: [
      ...files,
      ...data.skipped.map(({ file }) => file),
      ...(data.table?.withoutFile ?? []).map(({ file }) => file),
    ],
    ...{ groups, classes },
    places: [
      [init?.path, "INIT"],
      ...placesOf(own?.dir),
      ...placesOf(source.kind === "folder" ? data.name : undefined),
      [own?.groupsFile, TABLE],
      [own?.labels, TABLE],
      [data.table?.file, TABLE],
      [own?.groupBy, "EXPRESSION"],
    ],
  }
}

const placesOf = (dir: string | undefined): [string | undefined, string][] =>
  dir === undefined
    ? []
    : [
        [path.join(dir, "groups.csv"), TABLE],
        [dir, FOLDER],
      ]

/**
 * The run as pages show it.
 *
 * @param names those of a page of more than this run
 */
export function hideRun(run: RunFiles, names = hiddenNames(run)): RunFiles {
  if (!names) return run
  const { config, images, audit, further } = run
  const { source, data, command, init } = config
  return {
    ...run,
    images: hideImages(images, names),
    further: { ...further, subgroups: hideSubgroups(further.subgroups, names) },
    audit: names.all(audit),
    config: {
      ...config,
      command: hideCommand(command),
      ...(init && { init: { ...init, path: names.text(init.path) } }),
      source: source.kind === "phantom" ? source : names.all(source),
      // Classes are the keys of an object, which stay.
      data: { ...names.all(data), classes: data.classes, order: data.order, hash: data.hash },
    },
  }
}

export const hideImages = <Image extends { file: string; group: string }>(
  images: readonly Image[],
  names: HiddenNames,
) => images.map((image) => ({ ...image, file: names.text(image.file), group: names.text(image.group) }))

/** A column may hold the names of patients or files. */
export const hideSubgroups = (subgroups: SubgroupMetrics | null, names: HiddenNames): SubgroupMetrics | null =>
  subgroups && { ...subgroups, rows: subgroups.rows.map((row) => ({ ...row, value: names.text(row.value) })) }

/** Where a run lies, as its pages say it. */
export const shownFolder = ({ folder, config }: Run): string =>
  config.hidden === undefined ? folder : path.basename(path.resolve(folder))

/** Flags whose values are words of this program; others may be names. */
const OWN_WORDS = /^--(model|optimizer|schedule|keep|sampling|adapter|by-type)$/

/** A command with "..." for what may be a name. */
export function hideCommand(words: readonly string[]): string[] {
  return words.map((word, i) => {
    if (i < 2) return word
    if (word.startsWith("--")) return hideValue(word)
    return shownValue(words[i - 1], word)
  })
}

/** What stands behind a word that takes no number: a folder may be called 4711. */
const NAMING =
  /^(?!--)|^--(data|init|out|resume|groups|group-by|labels|classes|audit|strict|json|exact|images|all-images|group-names|no-.*)?$/

function shownValue(flag: string, value: string): string {
  const isNumber = value !== "" && Number.isFinite(Number(value)) && !NAMING.test(flag)
  return isNumber || (OWN_WORDS.test(flag) && !/[\\/.]/.test(value)) ? value : "..."
}

function hideValue(word: string): string {
  const [flag, ...value] = word.split("=")
  if (value.length === 0) return word
  return `${flag}=${shownValue(flag, value.join("="))}`
}

/** An audit with its names hidden, and which stands for what. */
export function hideAudit(audit: Audit, key: string): { audit: Audit; names: HiddenNames } {
  const names = new HiddenNames(key, {
    files: [
      ...audit.files,
      ...audit.skipped.map(({ file }) => file),
      ...audit.unused.map(({ file }) => file),
      ...(audit.doubt?.missing ?? []),
    ],
    groups: [...audit.groups, ...audit.joined, ...audit.unused.map(({ group }) => group)],
    classes: audit.classes,
    places: [...placesOf(audit.dir), [audit.doubt?.run, "RUN"]],
  })
  return { audit: names.all(audit), names }
}
