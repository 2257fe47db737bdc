import { readdirSync } from "node:fs"
import path from "node:path"
import { plural } from "../text/plural.ts"
import { quoted } from "../text/quoted.ts"
import { Ambiguous } from "./ambiguous.ts"
import { className, classNamed, foldersOf, normalise, orderClasses, signOf } from "./class_names.ts"
import { type Reading, readFolders } from "./class_reading.ts"
import { classMatcher, flagFor, parseClasses, unclearText } from "./classes_flag.ts"
import { matchKnown } from "./known_classes.ts"
import { MOST_CLASSES } from "./limits.ts"
import { byCodeUnit, type Skipped } from "./walk.ts"

export interface ClassOptions {
  /** Name of the positive class, if the names of two do not say it. */
  positive?: string
  /** As --classes takes it: NAME=DIR[,NAME=DIR...]. */
  classes?: string
  /**
   * Classes that the images are to be of, in order, some of which may have no image: those of the
   * networks that they are to test.
   */
  known?: readonly string[]
}

/** Images with their classes; `labels[i]` is an index into `classes` and belongs to `files[i]`. */
export interface Classified {
  /**
   * Two classes: the negative one, then the positive one. More: the normal one if there is one,
   * then by name.
   */
  classes: string[]
  files: string[]
  labels: Uint8Array
  /** The class folder of each file, as a path in the data folder. */
  dirs: ReadonlyMap<string, string>
  skipped: Skipped[]
}

/**
 * Class folders of the images in `dir` (`files`: relative paths). A folder whose name is a usual
 * one for fractured or intact bones is the class of all images below it, however deep; if no folder
 * has such a name, the topmost folders are the classes. Folders named train, val, test and the like
 * are looked through. A few images outside the class folders are skipped.
 *
 * @param left what was found and cannot be used: a class of which nothing else is there is an error
 * @throws Ambiguous, saying what to type, if the folders can be read in several ways or are of
 * other classes than `known`; an error if there are not two classes, or with `known` none
 */
export function findClasses(
  dir: string,
  files: string[],
  options: ClassOptions = {},
  left: readonly Skipped[] = [],
): Classified {
  const { read, skipped } = options.classes
    ? readByFlag(dir, files, options.classes)
    : readFolders(dir, files, options.positive)
  const names = mergeSpellings(read.map(({ name }) => name))
  const found = [...new Set(names.values())].sort(byCodeUnit)
  const lost = options.classes ? [] : lostClasses(read, left)
  const { known, positive } = options
  if (known && found.length > 0) {
    const indices = matchKnown(dir, found, known, positive)
    return { ...classified(read, skipped, (name) => indices.get(names.get(name)!)!), classes: [...known] }
  }
  if (found.length < 2) throw tooFew(dir, read, found, { skipped, left: lost.length > 0 ? lost : left, ...options })
  if (lost.length > 0 && read.every(({ known }) => !known))
    throw new Error(`${dir}: ${causeOf(lost)}\nRepair or remove it.`)
  if (found.length > MOST_CLASSES)
    throw new Error(`${dir}: ${found.length} class folders, at most ${MOST_CLASSES} are possible`)
  const classes = order(dir, found, options)
  return { ...classified(read, skipped, (name) => classes.indexOf(names.get(name)!)), classes }
}

const classified = (read: Reading["read"], skipped: Skipped[], labelOf: (name: string) => number) => ({
  files: read.map(({ file }) => file),
  labels: Uint8Array.from(read, ({ name }) => labelOf(name)),
  dirs: new Map(read.map(({ file, dir }) => [file, dir])),
  skipped,
})

function readByFlag(dir: string, files: readonly string[], flag: string): Reading {
  const list = parseClasses(flag)
  const match = classMatcher(dir, list)
  const read: Reading["read"] = []
  const skipped: Skipped[] = []
  for (const file of files) {
    const found = match(file)
    if (found) read.push({ file, ...found, known: true })
    else skipped.push({ file, reason: "lies in no folder of --classes" })
  }
  for (const { name, dir: typed } of list)
    if (!read.some((one) => one.name === name))
      throw new Ambiguous(
        `--classes ${name}=${typed}: no image lies below such a folder in ${dir}. ` +
          "Give its path in the data folder, or its name; * stands for any part of a name.",
      )
  return { read, skipped }
}

/**
 * train/Fractured and test/fractured are one class: each spelling with the first one of those that
 * agree.
 */
function mergeSpellings(folders: string[]): Map<string, string> {
  const first = new Map<string, string>()
  const names = new Map<string, string>()
  for (const folder of [...new Set(folders)].sort(byCodeUnit)) {
    const key = normalise(folder)
    if (!first.has(key)) first.set(key, folder)
    names.set(folder, first.get(key)!)
  }
  return names
}

function order(dir: string, found: string[], { positive, classes }: ClassOptions): string[] {
  const list = found.map((name) => `"${name}"`).join(", ")
  if (positive !== undefined) return orderByFlag(dir, list, found, positive)
  for (const [sign, meaning] of ["intact", "fractured"].entries()) {
    const same = found.filter((name) => signOf(name) === sign)
    if (found.length > 2 && same.length > 1 && classes === undefined)
      throw new Ambiguous(
        `${dir}: found ${list}; ${same.map((name) => `"${name}"`).join(" and ")} both read as ${meaning}. ` +
          `If they are one class: ${flagFor([...same.map((one) => [same[0], one] as const), ...others(found, same)])}\n` +
          `If they are classes of their own: ${flagFor(found.map((name) => [name, name] as const))}`,
      )
  }
  const ordered = orderClasses(found)
  if (ordered) return ordered
  throw new Ambiguous(`${dir}: ${unclearText(found)}`)
}

const others = (found: readonly string[], same: readonly string[]) =>
  found.filter((name) => !same.includes(name)).map((name) => [name, name] as const)

function orderByFlag(dir: string, list: string, found: string[], positive: string): string[] {
  const chosen = classNamed(found, positive)
  if (chosen === undefined) throw new Ambiguous(`${dir}: no class "${positive}" (--positive); found ${list}`)
  if (found.length > 2)
    throw new Ambiguous(
      `${dir}: --positive chooses between two classes, but there are ${found.length}: ${list}. ` +
        `Leave it out to train on all of them, or make two of them: ${flagFor(
          found.map((name) => [name === chosen ? name : "other", name] as const),
          chosen,
        )}`,
    )
  return orderClasses(found, chosen)!
}

/** What cannot be used in class folders that hold nothing else. */
function lostClasses(read: Reading["read"], left: readonly Skipped[]): Skipped[] {
  const bySign = read.some(({ known }) => known)
  const names = new Set(read.map(({ name }) => normalise(name)))
  return left.filter(({ file }) => {
    // A link to a folder stands for the folder.
    const folders = foldersOf(/\.[^/]*$/.test(file) ? file : `${file}/`)
    const folder = bySign ? folders.find((one) => signOf(one) !== undefined) : folders[0]
    return folder !== undefined && !names.has(normalise(className(folder)))
  })
}

/** Why nothing of it can be used, the first as an example. */
function causeOf(left: readonly Skipped[]): string {
  const [{ file, reason }] = left
  const folder = file.includes("/") ? file.slice(0, file.lastIndexOf("/")) : file
  const same = left.filter((one) => one.file === folder || one.file.startsWith(`${folder}/`))
  const what = same.length === 1 ? file : `${plural(same.length, "file")} in ${folder}, such as ${file}`
  return `nothing in "${folder}" can be used (${what}): ${reason}.`
}

/** Images of which no folder is a class: where they lie. */
function looseText(skipped: readonly Skipped[]): string {
  const parts = [...new Set(skipped.map(({ file }) => file.slice(0, Math.max(0, file.lastIndexOf("/")))))]
  if (skipped.length === 0) return ""
  const images = plural(skipped.length, "image")
  if (parts.every((part) => part === "")) return `, only ${images} in no folder`
  const list = parts.map((part) => (part === "" ? "no folder" : `"${part}"`))
  const some = list.length > 4 ? [...list.slice(0, 3), "others"] : list
  const where = some.length > 1 ? `${some.slice(0, -1).join(", ")} and ${some.at(-1)}` : some[0]
  const folders = parts.filter((part) => part !== "").length === 1 ? "which is a part of a split and no class" : "which are parts of a split and no classes" // biome-ignore format: short
  return (
    `: ${images} ${skipped.length === 1 ? "lies" : "lie"} in ${where}, ${folders}. ` +
    "Move the images of each part into a folder per class within it"
  )
}

/** The way for a flat folder, whose labels are in a table: GRAZPEDWRI-DX is published so. */
function labelsText(dir: string): string {
  const tables = namesIn(dir).filter((name) => /\.(csv|tsv)$/i.test(name) && !/^(groups|boxes)\.csv$/i.test(name))
  const table = tables.length > 0 ? path.join(dir, tables[0]) : "TABLE.csv"
  return `If a table says what each image shows, name it: --labels ${quoted(table)}`
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir).sort()
  } catch {
    return []
  }
}

interface Rest {
  skipped: readonly Skipped[]
  left: readonly Skipped[]
  positive?: string
}

function tooFew(dir: string, read: Reading["read"], found: string[], { skipped, left, positive }: Rest): Error {
  const want = `Expected one folder per class, such as ${path.join(dir, "fractured")} and ${path.join(dir, "not_fractured")}.`
  const cause = left.length > 0 ? ` But ${causeOf(left)}` : ""
  if (found.length === 0)
    return new Error(`${dir}: no class folder with images${looseText(skipped)}.${cause} ${want} ${labelsText(dir)}`)
  const files = read.map(({ file }) => file)
  const below = [...new Set(files.map((file) => foldersOf(file)[1]).filter((folder) => folder !== undefined))]
  const text = `${dir}: only one class folder, "${found[0]}" with ${plural(files.length, "image")}.${cause} ${want}`
  if (cause !== "" || below.length < 2) return new Error(text)
  const inner = path.join(dir, found[0])
  return new Ambiguous(
    `${text} Did you mean ${inner}, which holds ${below.slice(0, 5).join(", ")}? Then give that folder, ` +
      `or ${flagFor(
        below.map((name) => [name, name] as const),
        positive,
      )}`,
  )
}
