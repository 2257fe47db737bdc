import { existsSync } from "node:fs"
import { realpath } from "node:fs/promises"
import path from "node:path"
import { isBelow } from "../files/inside.ts"
import { plural } from "../text/plural.ts"
import { original, stem } from "./copies.ts"
import { readDicomId } from "./dicom/ids.ts"
import { canonical, readGroupsCsv } from "./groups_csv.ts"
import { Pseudonyms } from "./pseudonyms.ts"

export interface GroupOptions {
  /** A CSV with the columns file and group; `groups.csv` in the data folder is used without being named. */
  groupsFile?: string
  /** A regular expression on the relative path; its first group, or the whole match, names the group. */
  groupBy?: string
  /** Names for the patients and studies that DICOM files tell; others each time unless given. */
  pseudonyms?: Pseudonyms
}

export interface Grouping {
  /** The group of each file. */
  groups: string[]
  /** One sentence: where they come from, and how many. */
  grouping: string
}

/**
 * The group of each file (relative paths in the data folder `dir`), by the first that applies: `groupsFile` or `groupBy`;
 * groups.csv in `dir`; the patient or study of DICOM files; patient folders and names of copies; each file for itself. Throws if both options are given, if a file
 * has no line in the CSV (lines without a file are only counted), or if the expression is invalid or leaves a file unmatched.
 */
export async function findGroups(dir: string, files: string[], options: GroupOptions = {}): Promise<Grouping> {
  const { groupsFile, groupBy } = options
  if (groupsFile !== undefined && groupBy !== undefined)
    throw new Error("--groups and --group-by both say how to group the images: give one of them")
  if (groupBy !== undefined) return byExpression(files, groupBy)
  if (groupsFile !== undefined) return byCsv(files, groupsFile)
  const inFolder = path.join(dir, "groups.csv")
  if (!existsSync(inFolder)) return byIds(dir, files, options.pseudonyms)
  if (!isBelow(await realpath(dir), await realpath(inFolder)))
    throw new Error(
      `${inFolder}: a symbolic link that leads outside the data folder; name the file with --groups if it is meant`,
    )
  return byCsv(files, inFolder)
}

async function byCsv(files: string[], csv: string): Promise<Grouping> {
  const table = await readGroupsCsv(csv)
  const missing = files.filter((file) => !table.has(canonical(file)))
  if (missing.length > 0)
    throw new Error(
      `${csv}: no line for ${missing.length} of ${files.length} images: ${some(missing)}. Give each image a line; ` +
        `"file" is its path in the data folder, as in ${some(files, 1)}.`,
    )
  const groups = files.map((file) => table.get(canonical(file))!)
  const known = new Set(files.map(canonical))
  const unused = [...table.keys()].filter((file) => !known.has(file)).length
  const rest = unused > 0 ? `; ${plural(unused, "line")} of it name no image that is used` : ""
  return { groups, grouping: `${tally(groups)}, from ${csv}${rest}.` }
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
        `Extend the expression; ${orWhole(source)} would put each of them into a group of its own.`,
    )
  return { groups: found, grouping: `${tally(found)}, by the expression ${source} on the path.` }
}

/** The expression, or else the whole path; `.*?` since `.*` alone would match earlier than the expression does. */
function orWhole(source: string): string {
  const hasGroups = new RegExp(`${source}|`).exec("")!.length > 1
  return `".*?(${hasGroups ? "?:" : ""}${source})|.*"`
}

/** The patients and studies that DICOM files tell; the other files by their names. */
async function byIds(dir: string, files: string[], pseudonyms = new Pseudonyms()): Promise<Grouping> {
  const named = new Map<string, string>()
  for (const file of files) {
    const id = await readDicomId(path.join(dir, file))
    if (id) named.set(file, pseudonyms.nameOf(file, id))
  }
  if (named.size === 0) return byName(files)
  const others = files.filter((file) => !named.has(file))
  const other = new Map(byName(others).groups.map((group, i) => [others[i], group]))
  const groups = files.map((file) => named.get(file) ?? other.get(file)!)
  const rest = others.length > 0 ? `; ${plural(others.length, "file")} without such an id by name` : ""
  return {
    groups,
    grouping: `${tally(groups)}, by the patient's or else the study's id in ${plural(named.size, "DICOM file")}${rest}.`,
  }
}

function byName(files: string[]): Grouping {
  const stems = new Set(files.map(stem))
  const groups = files.map((file) => original(file, stems))
  const sizes = groupSizes(groups)
  if (sizes.size === files.length)
    return {
      groups: [...files],
      grouping: `${plural(files.length, "image")}, each for itself: no groups.csv and no copies by name.`,
    }
  const [largest, most] = [...sizes].reduce((a, b) => (b[1] > a[1] ? b : a))
  const example = files.filter((_, i) => groups[i] === largest)
  return {
    groups,
    grouping:
      `${tally(groups)}, since their names say that they are copies or views of one another ` +
      `(${some(example, 2)}; up to ${most} in a group). groups.csv, --groups or --group-by say it otherwise.`,
  }
}

function groupSizes(groups: string[]): Map<string, number> {
  const sizes = new Map<string, number>()
  for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1)
  return sizes
}

const tally = (groups: string[]): string =>
  `${plural(groups.length, "image")} in ${plural(new Set(groups).size, "group")}`
const some = (files: string[], most = 5): string =>
  files.slice(0, most).join(", ") + (files.length > most ? ", ..." : "")
