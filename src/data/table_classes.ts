/** The classes of images from a labels table, beside those that their folders name. */
import { readFile } from "node:fs/promises"
import path from "node:path"
import { sha256 } from "../files/sha256.ts"
import { plural } from "../text/plural.ts"
import { some } from "../text/some.ts"
import { Ambiguous } from "./ambiguous.ts"
import { orderClasses, partOf } from "./class_names.ts"
import { type Classified, type ClassOptions, findClasses } from "./classes.ts"
import type { Part } from "./dataset.ts"
import { type LabelRow, type Labels, readLabels } from "./labels_table.ts"
import { type Contradiction, matchLabels } from "./match_labels.ts"
import type { Skipped } from "./walk.ts"

/** Where the classes of the images are. */
export interface LabelOptions extends ClassOptions {
  /** CSV or TSV with a row per image; without it folders name the classes. */
  labels?: string
  /** Its column of classes, if that has none of the known names. */
  labelColumn?: string
  /** Its column of files, likewise. */
  fileColumn?: string
  /** Refuse rows without a file, files without a row, and folders that contradict the table. */
  strict?: boolean
}

/** What config.json records of a labels table. */
export interface TableFacts {
  /** Absolute or as given. */
  file: string
  sha256: string
  fileColumn: string
  labelColumn: string
  /** Column of the groups; absent if it has none. */
  groupColumn?: string
  /** The others; predictions.csv repeats them. */
  columns: string[]
  /** Rows that name no image. */
  withoutFile: { file: string; line: number }[]
  /** Images in a folder whose name says another class. */
  contradicted: Contradiction[]
}

/** Classes from a table, and the row of each image. */
export interface Labelled extends Classified {
  table?: { facts: TableFacts; rowOf: ReadonlyMap<string, LabelRow> }
}

/**
 * The class of each image: by the table that `options` name, or else by its folder.
 *
 * @param left see `findClasses`
 * @throws as `readLabels`, `matchLabels` and `findClasses` do
 */
export async function classify(
  dir: string,
  files: string[],
  options: LabelOptions = {},
  left: readonly Skipped[] = [],
): Promise<Labelled> {
  const { labels: table, strict } = options
  if (table === undefined) return findClasses(dir, files, options, left)
  if (options.classes !== undefined)
    throw new Ambiguous("--labels and --classes both say what the classes are: give one of them")
  const found = await readLabels(table, options)
  const matched = matchLabels(found, files, options.known !== undefined)
  const facts: TableFacts = {
    ...{ file: table, sha256: sha256(await readFile(table)), fileColumn: found.fileColumn },
    ...{ labelColumn: found.labelColumn, groupColumn: found.groupColumn, columns: found.columns },
    withoutFile: matched.withoutFile.map(({ file, line }) => ({ file, line })),
    contradicted: matched.contradicted,
  }
  const name = path.basename(table)
  const skipped = matched.withoutRow.map((file) => ({ file, reason: `${NO_ROW} in ${name}` }))
  const problems = [...tableProblems(facts), ...withoutRowText(name, matched.withoutRow)]
  if (strict && problems.length > 0)
    throw new Error(
      `${table}: does not fit the images in ${dir}, and --strict allows nothing that does not:\n${problems.map((text) => `  ${text}`).join("\n")}`,
    )
  const rowOf = new Map(matched.files.map((file, i) => [file, matched.rows[i]]))
  return {
    ...presentOf(found, matched.rows, options),
    files: matched.files,
    dirs: new Map(),
    skipped,
    table: { facts, rowOf },
  }
}

const NO_ROW = "no row"

/** Whether a file was left out since the labels table has no row for it. */
export const isWithoutRow = (reason: string): boolean => reason.startsWith(NO_ROW)

/** The classes that images have: a table may know more than the folder holds. */
function presentOf({ table, classes }: Labels, rows: readonly LabelRow[], { positive, known }: ClassOptions) {
  if (known) return { classes, labels: Uint8Array.from(rows, ({ label }) => label) }
  const used = new Set(rows.map(({ label }) => label))
  const present = classes.filter((_, label) => used.has(label))
  const ordered = present.length === classes.length ? classes : orderClasses(present, positive)
  if (!ordered) {
    const names = present.map((name) => `"${name}"`).join(" and ")
    throw new Ambiguous(
      `${table}: images have only the classes ${names}, and it is unclear which of them is the positive one. ` +
        "Remove the rows of other classes, then choose it with --positive NAME",
    )
  }
  return { classes: ordered, labels: Uint8Array.from(rows, ({ label }) => ordered.indexOf(classes[label])) }
}

/** What does not fit between a table and the images that have a row, a sentence each. */
export function tableProblems({ file, withoutFile, contradicted }: TableFacts): string[] {
  const name = path.basename(file)
  const rows = withoutFile.map(({ file, line }) => `${file} (line ${line})`)
  const against = contradicted.map((one) => `${one.file} is "${one.label}" in line ${one.line}`)
  return [
    ...(rows.length > 0
      ? [`${plural(rows.length, "row")} of ${name} ${rows.length === 1 ? "names" : "name"} no image: ${some(rows)}.`]
      : []),
    ...(against.length > 0
      ? [
          `${plural(against.length, "image")} ${against.length === 1 ? "lies" : "lie"} in a folder whose name contradicts ${name}, ` +
            `which was used: ${some(against)}. Correct the table, or move the files.`,
        ]
      : []),
  ]
}

const withoutRowText = (name: string, files: readonly string[]): string[] =>
  files.length > 0
    ? [`${plural(files.length, "image")} ${files.length === 1 ? "has" : "have"} no row in ${name}: ${some(files)}.`]
    : []

/**
 * Each file's part of the set's own split, by the table or by folders; undefined unless all have
 * one.
 */
export function partsOf(files: readonly string[], { table }: Labelled): Part[] | undefined {
  const parts = files.map((file) => table?.rowOf.get(file)?.part ?? partOf(file))
  return parts.every((part) => part !== undefined) ? parts : undefined
}

/** The further columns of the table, a cell per file; nothing without a table. */
export function columnsOf(
  files: readonly string[],
  { table }: Pick<Labelled, "table">,
): Record<string, string[]> | undefined {
  if (!table) return undefined
  const { facts, rowOf } = table
  return Object.fromEntries(facts.columns.map((name) => [name, files.map((file) => rowOf.get(file)!.columns[name])]))
}
