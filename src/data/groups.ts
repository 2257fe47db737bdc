import path from "node:path"
import { plural } from "../text/plural.ts"
import { quoted } from "../text/quoted.ts"
import { alike } from "./alike.ts"
import { Ambiguous } from "./ambiguous.ts"
import { original, stem } from "./copies.ts"
import { countsOf } from "./counts.ts"
import { type DicomIds, readDicomIds } from "./dicom/ids.ts"
import { groupByIds } from "./dicom_groups.ts"
import { lookUp, ownGroupsCsv, readGroupsCsv } from "./groups_csv.ts"
import { type NamedPatients, orWhole, patientsByName, type Suggestion, suggestGroupBy } from "./patient_names.ts"
import { Pseudonyms } from "./pseudonyms.ts"
import { byTable, type TableGroups } from "./table_groups.ts"

export interface GroupOptions {
  /**
   * A CSV with the columns file and group; `groups.csv` in the data folder is used without being
   * named.
   */
  groupsFile?: string
  /**
   * A regular expression on the relative path; its first group, or the whole match, names the
   * group.
   */
  groupBy?: string
  /**
   * Whether names of folders and files may say which images are of one patient, or copies; true by
   * default.
   */
  groupNames?: boolean
  /** Names for the patients and studies of DICOM files; others each time unless given. */
  pseudonyms?: Pseudonyms
  /** The groups of the labels table, if it has a column of them. */
  tableGroups?: TableGroups
  /** A warning if files have to say what the groups are: a column of the table may know better. */
  likePatients?: string
  /** The class folder of each file. */
  classDirs?: ReadonlyMap<string, string>
  /**
   * Group images without a line in the CSV by other means, with a warning, where it would be an
   * error.
   */
  lenient?: boolean
}

export interface Grouping {
  /** The group of each file. */
  groups: string[]
  /** One sentence: where they come from, and how many. */
  grouping: string
  /** Nothing says which images are of one patient. */
  patientsUnknown?: boolean
  /** Why images of one patient may be in several groups, and what to do. */
  groupWarnings?: string[]
}

/**
 * The group of each file (relative paths in the data folder `dir`), by the first that applies:
 * `groupsFile` or `groupBy`, or else the labels table; groups.csv in `dir`; ids in DICOM files;
 * patients' numbers and copies by name; each file for itself. Throws if both options are given, if
 * a file has no line in the CSV (lines without a file are only counted), or if the expression is
 * invalid or leaves a file unmatched.
 */
export async function findGroups(dir: string, files: string[], options: GroupOptions = {}): Promise<Grouping> {
  const { groupsFile, groupBy, tableGroups } = options
  if (groupsFile !== undefined && groupBy !== undefined)
    throw new Error("--groups and --group-by both say how to group the images: give one of them")
  refuseTwoGroupings(options)
  if (tableGroups) {
    const found = await byTable(dir, files, tableGroups)
    return {
      ...found,
      ...warned(warnAlike(found.groups, `Write one spelling for each patient in ${tableGroups.table}`)),
    }
  }
  if (groupBy !== undefined) return byExpression(files, groupBy)
  if (groupsFile !== undefined) return byCsv(dir, files, groupsFile, options)
  const inFolder = await ownGroupsCsv(dir)
  if (inFolder === undefined) return withWarning(await byContent(dir, files, options), options.likePatients)
  return byCsv(dir, files, inFolder, options).catch(async (error: Error) => {
    if (!options.lenient) throw error
    const found = await byContent(dir, files, options)
    return withWarning(found, `${error.message} It was not used.`)
  })
}

/** @throws if a labels table has groups and another way of grouping is given */
function refuseTwoGroupings({ groupsFile, groupBy, groupNames, tableGroups }: GroupOptions): void {
  const given = { "--groups": groupsFile, "--group-by": groupBy, "--no-group-names": groupNames === false || undefined }
  const flag = Object.entries(given).find(([, value]) => value !== undefined)?.[0]
  if (!tableGroups || flag === undefined) return
  const { table, column } = tableGroups
  throw new Ambiguous(
    `${flag} and the column "${column}" of ${table} both say how to group the images: leave ${flag} out, or rename the column.`,
  )
}

async function byCsv(dir: string, files: string[], csv: string, options: GroupOptions): Promise<Grouping> {
  const { groups: found, inexact, unused, vague } = lookUp(await readGroupsCsv(csv), files)
  const missing = files.filter((_, i) => found[i] === undefined)
  const stale =
    `${csv}: no line for ${missing.length} of ${files.length} images: ${some(missing)}.` +
    (vague.length > 0 ? ` Lines such as "${vague[0]}" fit several images: give the folders as well.` : "")
  if (missing.length > 0 && !options.lenient)
    throw new Error(`${stale} Give each image a line; "file" is its path in the data folder, as in ${some(files, 1)}.`)
  const others = missing.length > 0 ? await byContent(dir, missing, options) : undefined
  const byFile = new Map(missing.map((file, i) => [file, others!.groups[i]]))
  const groups = files.map((file, i) => found[i] ?? byFile.get(file)!)
  const notes = [
    ...(inexact > 0 ? [`${plural(inexact, "line")} matched by the end of the path`] : []),
    ...(unused.length > 0 ? [`${plural(unused.length, "line")} of it name no image that is used`] : []),
  ]
  const groupWarnings = [
    ...(missing.length > 0 ? [`${stale} ${others!.grouping} Training needs a line for each.`] : []),
    ...warnAlike(groups, `Write one spelling for each patient in ${csv}`),
  ]
  return { groups, grouping: `${[`${tally(groups)}, from ${csv}`, ...notes].join("; ")}.`, ...warned(groupWarnings) }
}

/** Absent if there is nothing to warn of. */
const warned = (groupWarnings: string[]): Pick<Grouping, "groupWarnings" | "patientsUnknown"> =>
  groupWarnings.length > 0 ? { groupWarnings, patientsUnknown: true } : {}

const withWarning = (found: Grouping, text: string | undefined): Grouping =>
  text === undefined ? found : { ...found, ...warned([...(found.groupWarnings ?? []), text]) }

function warnAlike(groups: readonly string[], cure: string): string[] {
  const sets = alike(groups)
  if (sets.length === 0) return []
  const names = sets[0].slice(0, 3).map((name) => JSON.stringify(name))
  return [
    `${plural(sets.length, "set")} of groups differ only in case, blanks, leading zeros or ".0", such as ${names.join(" and ")}: ` +
      `if they are one patient, its images are both trained on and tested. ${cure}.`,
  ]
}

function byExpression(files: string[], source: string): Grouping {
  let expression: RegExp
  try {
    expression = new RegExp(source)
  } catch (error) {
    throw new Error(`--group-by ${source}: ${(error as Error).message}`, { cause: error })
  }
  const found = files.map((file) => {
    const match = expression.exec(file)
    return match?.slice(1).find((group) => group !== undefined) ?? match?.[0] ?? ""
  })
  const missing = files.filter((_, i) => found[i] === "")
  if (missing.length > 0)
    throw new Error(
      `--group-by ${source}: finds nothing in ${missing.length} of ${files.length} paths: ${some(missing)}. ` +
        `Extend the expression; "${orWhole(source)}" would make each of them its own group.`,
    )
  const warnings = warnAlike(found, "Leave out of the match what differs, or give the groups with --groups FILE")
  return { groups: found, grouping: `${tally(found)}, by the expression ${source} on the path.`, ...warned(warnings) }
}

/**
 * By ids in DICOM files and by names: a PNG beside a patient's DICOM files is that patient's. Names
 * are recognised in the whole set, since a part of it may hold too few.
 */
async function byContent(dir: string, files: string[], options: GroupOptions): Promise<Grouping> {
  const read: (DicomIds | undefined)[] = []
  for (const file of files) read.push(await readDicomIds(path.join(dir, file)))
  const known = options.groupNames === false ? undefined : patientsByName(files, options.classDirs)
  const { keys, notes } = groupByIds(read.map((one, i) => ({ ...one?.ids, name: known?.patients.get(files[i]) })))
  const placeholders = read.filter((one) => one?.isPlaceholder).length
  if (placeholders > 0) notes.push(`the patient id is a placeholder in ${plural(placeholders, "file")}`)
  const isById = (i: number) => keys[i] !== undefined && keys[i].kind !== "name"
  const named = files.filter((_, i) => read[i] && isById(i)).length
  const others = files.filter((_, i) => !isById(i))
  if (others.length === files.length) {
    const found = byName(files, options, known)
    return notes.length > 0 ? { ...found, grouping: `${found.grouping} In DICOM files ${notes.join("; ")}.` } : found
  }
  const { groups: byOther, groupWarnings, patientsUnknown } = byName(others, options, known)
  const byFile = new Map(others.map((file, i) => [file, byOther[i]]))
  const pseudonyms = options.pseudonyms ?? new Pseudonyms()
  const groups = files.map((file, i) => {
    const key = keys[i]
    return !key || key.kind === "name" ? byFile.get(file)! : pseudonyms.nameOf(file, { ...key, kind: key.kind })
  })
  const joined = files.filter((_, i) => !read[i] && isById(i)).length
  const all = [
    `${tally(groups)}, by the ids of patient, study, series and frame of reference in ${plural(named, "DICOM file")}`,
    ...notes,
    ...(joined > 0
      ? [`${plural(joined, "other image")} by the patient's number that such a file has in its name`]
      : []),
    ...(others.length > 0 ? [`${plural(others.length, "file")} without such an id by name`] : []),
  ]
  const unsure = others.length > 0 ? { patientsUnknown, groupWarnings } : {}
  return { groups, grouping: `${all.join("; ")}.`, ...unsure }
}

/** @param known the patients that names give, of these and perhaps of other files */
function byName(files: string[], { groupNames, classDirs }: GroupOptions, known?: NamedPatients): Grouping {
  if (groupNames === false) return unknown(files, "names were not read: --no-group-names")
  const stems = new Set(files.map(stem))
  const originals = new Map(files.map((file) => [file, original(file, stems)]))
  const originalOf = (file: string) => originals.get(file)!
  const rest = known ? files.filter((file) => !known.patients.has(file)) : files
  const groups = files.map((file) => known?.patients.get(file) ?? originalOf(file))
  const guess = suggestGroupBy(rest, originalOf, classDirs)
  const unsure = guess && { patientsUnknown: true, groupWarnings: [guessText(guess)] }
  if (!known || known.unused) return { ...copiesByName(files, groups, known?.unused), ...unsure }
  const [a, b] = known.examples.map(({ file, patient }) => `"${patient}" in ${file}`)
  const [least, most] = known.each
  const each = least === most ? plural(most, "image") : `${least} to ${plural(most, "image")}`
  const others = rest.length > 0 ? `; ${plural(rest.length, "image")} without such a number` : ""
  const grouping =
    `${tally(groups)}, by patients' numbers in names (${a}, ${b}; ${each} per patient)${others}. ` +
    "--group-by or --no-group-names overrides this."
  return { groups, grouping, ...unsure }
}

const guessText = ({ examples, expression }: Suggestion): string =>
  `Names share a number that may be the patient's, such as ${examples.join(" and ")}, and groups are unknown: ` +
  `each image counts as a patient. To group by it: --group-by ${quoted(expression)}`

/** @param unused why names of patients were not used */
function copiesByName(files: string[], groups: string[], unused?: string): Grouping {
  const sizes = countsOf(groups)
  if (sizes.size === files.length)
    return unknown(files, `no groups.csv, and ${unused ?? "no patients or copies in the names"}`)
  const [largest, most] = [...sizes].reduce((a, b) => (b[1] > a[1] ? b : a))
  const example = files.filter((_, i) => groups[i] === largest)
  return {
    groups,
    grouping:
      `${tally(groups)}, since their names say that they are copies of one another ` +
      `(${some(example, 2)}; up to ${most} in a group); patients unknown${unused ? `, since ${unused}` : ""}. groups.csv, --groups or --group-by overrides this.`,
    patientsUnknown: true,
  }
}

const unknown = (files: string[], why: string): Grouping => ({
  groups: [...files],
  grouping: `${plural(files.length, "image")}, groups unknown: each image counts as a patient (${why}).`,
  patientsUnknown: true,
})

const tally = (groups: string[]): string =>
  `${plural(groups.length, "image")} in ${plural(new Set(groups).size, "group")}`
const some = (files: string[], most = 5): string =>
  files.slice(0, most).join(", ") + (files.length > most ? ", ..." : "")
