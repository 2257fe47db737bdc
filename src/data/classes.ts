import path from "node:path"
import { plural } from "../text/plural.ts"
import { byCodeUnit, type Skipped } from "./walk.ts"

/** Images with their classes; `labels[i]` is an index into `classes` and belongs to `files[i]`. */
interface Classified {
  /** Two classes: the negative one, then the positive one. More: the normal one if there is one, then by name. */
  classes: string[]
  files: string[]
  labels: Uint8Array
  skipped: Skipped[]
}

const SPLIT = /^(train|training|val|valid|validation|test|testing)$/i
const LESION = "(bone )?(fractur(e|ed|es)|broken|abnormal)"
const NOUN = "( bones?| cases?| images?| x ?rays?)?"
const POSITIVE = new RegExp(`^((with |has )?${LESION}|positive|pos)${NOUN}$`)
const NEGATIVE = new RegExp(
  `^((not |non ?|no |un|without )(a |any )?${LESION}|(normal|intact|healthy|negative|neg))${NOUN}$`,
)
/** MURA writes the class into the study's folder: patient00011/study1_positive. */
const STUDY = /^study\d+ (positive|negative)$/

/** One spelling for "Not_Fractured", "not-fractured" and "0 not fractured". */
const normalise = (name: string): string =>
  name
    .normalize("NFC")
    .toLowerCase()
    .replace(/[\s_.-]+/g, " ")
    .trim()
    .replace(/^\d+ (?=.)/, "")

/** 1 if a folder of this name holds fractures, 0 if it holds intact bones, undefined if the name does not say. */
export function signOf(folder: string): 0 | 1 | undefined {
  const name = normalise(folder)
  const study = STUDY.exec(name)
  if (study) return study[1] === "positive" ? 1 : 0
  if (POSITIVE.test(name)) return 1
  return NEGATIVE.test(name) ? 0 : undefined
}

/** The folders above a file without those that only say which part of a split it was; [] for a file beside them. */
export function foldersOf(file: string): string[] {
  return file
    .split("/")
    .slice(0, -1)
    .filter((folder) => !SPLIT.test(folder))
}

/** Which part of a split that the set brings along a file lies in; undefined where its folders do not say. */
export function partOf(file: string): "train" | "val" | "test" | undefined {
  const folder = file
    .split("/")
    .slice(0, -1)
    .find((name) => SPLIT.test(name))
  if (folder === undefined) return undefined
  const start = folder[0].toLowerCase()
  return start === "v" ? "val" : folder.toLowerCase().startsWith("tr") ? "train" : "test"
}

/**
 * Class folders of the images in `dir` (`files`: relative paths). If every image lies below a folder whose name is a
 * usual one for fractured or intact bones, that folder is its class, however deep; otherwise the topmost folder is.
 * Folders named train, val, test and the like are looked through. Throws, saying what was found and what to do, if
 * there are fewer than two classes or if it is not clear which of two is the positive one.
 */
export function findClasses(dir: string, files: string[], options: { positive?: string } = {}): Classified {
  const inFolder = files.filter((file) => foldersOf(file).length > 0)
  const loose = files.filter((file) => foldersOf(file).length === 0)
  const skipped = loose.map((file) => ({ file, reason: "lies in no class folder" }))
  const known = (file: string) => foldersOf(file).find((folder) => signOf(folder) !== undefined)
  const byName = options.positive === undefined && inFolder.every((file) => known(file) !== undefined)
  const folders = inFolder.map((file) => className(byName ? known(file)! : foldersOf(file)[0]))

  const names = mergeSpellings(folders)
  const found = [...new Set(names.values())].sort(byCodeUnit)
  if (found.length < 2) throw tooFew(dir, inFolder, found, loose.length)
  if (found.length > 256) throw new Error(`${dir}: ${found.length} class folders, at most 256 are possible`)
  const classes = order(dir, found, options.positive)
  const labels = Uint8Array.from(folders, (folder) => classes.indexOf(names.get(folder)!))
  return { classes, files: inFolder, labels, skipped }
}

function className(folder: string): string {
  return STUDY.exec(normalise(folder))?.[1] ?? folder
}

/** train/Fractured and test/fractured are one class: each spelling with the first one of those that agree. */
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

function order(dir: string, found: string[], positive?: string): string[] {
  const list = found.map((name) => `"${name}"`).join(", ")
  if (positive !== undefined) {
    const chosen =
      found.find((name) => name === positive) ?? found.find((name) => normalise(name) === normalise(positive))
    if (chosen === undefined) throw new Error(`${dir}: no class folder "${positive}" (--positive); found ${list}`)
    if (found.length > 2)
      throw new Error(
        `${dir}: --positive chooses between two classes, but there are ${found.length}: ${list}. ` +
          "Leave it out to train on all of them, or move the images into two folders.",
      )
    return [...found.filter((name) => name !== chosen), chosen]
  }
  const negatives = found.filter((name) => signOf(name) === 0)
  const positives = found.filter((name) => signOf(name) === 1)
  if (found.length === 2) return orderTwo(dir, list, found, negatives, positives)
  for (const [same, meaning] of [
    [negatives, "intact"],
    [positives, "fractured"],
  ] as const)
    if (same.length > 1)
      throw new Error(
        `${dir}: found ${list}; ${same.map((name) => `"${name}"`).join(" and ")} both read as ${meaning}. ` +
          "Move what belongs together into one folder, or give them names that differ in meaning.",
      )
  return [...negatives, ...found.filter((name) => !negatives.includes(name))]
}

function orderTwo(dir: string, list: string, found: string[], negatives: string[], positives: string[]): string[] {
  const chosen = positives.length === 1 ? positives[0] : negatives.length === 1 ? other(found, negatives[0]) : undefined
  if (chosen === undefined)
    throw new Error(
      `${dir}: found ${list}, which do not say which is the positive (fractured) one. ` +
        `Name it: --positive "${found[1]}" or --positive "${found[0]}".`,
    )
  return [other(found, chosen), chosen]
}

const other = (two: string[], one: string): string => two.find((name) => name !== one)!

function tooFew(dir: string, files: string[], found: string[], loose: number): Error {
  const want = `Expected one folder a class, such as ${path.join(dir, "fractured")} and ${path.join(dir, "not_fractured")}.`
  if (found.length === 0)
    return new Error(
      `${dir}: no class folder with images${loose ? `, only ${plural(loose, "image")} in no folder` : ""}. ${want}`,
    )
  const below = [...new Set(files.map((file) => foldersOf(file)[1]).filter((folder) => folder !== undefined))]
  const hint =
    below.length > 1 ? ` Did you mean ${path.join(dir, found[0])}, which holds ${below.slice(0, 5).join(", ")}?` : ""
  return new Error(`${dir}: only one class folder, "${found[0]}" with ${plural(files.length, "image")}. ${want}${hint}`)
}
