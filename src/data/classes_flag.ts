/** --classes NAME=DIR[,NAME=DIR...]: the class of each folder, given by the user. */
import path from "node:path"
import { isBelow } from "../files/inside.ts"
import { quoted } from "../text/quoted.ts"
import { Ambiguous } from "./ambiguous.ts"
import { classNamed, orderClasses } from "./class_names.ts"

export interface ClassFolder {
  name: string
  /**
   * A path in the data folder, or the name of a folder at any depth; * stands for any part of a
   * name.
   */
  dir: string
}

/** @throws Ambiguous if the text is not a list of NAME=DIR with two names or more */
export function parseClasses(text: string): ClassFolder[] {
  // A comma within a folder's name is followed by no NAME=.
  const list = text.split(/,(?=[^,=]+=)/).map((pair) => {
    const at = pair.indexOf("=")
    return { name: pair.slice(0, at).trim(), dir: pair.slice(at + 1).trim() }
  })
  if (list.some(({ name, dir }) => name === "" || dir === "") || new Set(list.map(({ name }) => name)).size < 2)
    throw new Ambiguous(
      `--classes ${text}: expected a folder for each of two or more classes, such as --classes fractured=DIR,normal=DIR`,
    )
  return list
}

/**
 * The flags that read the folders so, as they are typed. Two names that say nothing need --positive
 * as well: both ways are given.
 *
 * @param positive as the user gave it; of more than two classes none is positive
 */
export function flagFor(pairs: readonly (readonly [name: string, dir: string])[], positive?: string): string {
  const names = [...new Set(pairs.map(([name]) => name))]
  const classes = `--classes ${quoted(pairs.map(([name, dir]) => `${name}=${dir}`).join(","))}`
  if (names.length > 2) return classes
  const chosen = positive === undefined ? undefined : classNamed(names, positive)
  if (chosen !== undefined) return `${classes} --positive ${quoted(chosen)}`
  return orderClasses(names) ? classes : `${classes} ${positiveFlags(names)}`
}

/** Both ways to say which of two classes is the positive one. */
const positiveFlags = ([one, other]: readonly string[]): string =>
  `--positive ${quoted(other)} or --positive ${quoted(one)}`

/** Says that two classes lack a positive one, and how to name it. */
export const unclearText = (found: readonly string[]): string =>
  `found ${found.map((name) => `"${name}"`).join(", ")}, which do not say which is the positive (fractured) one. ` +
  `Name it: ${positiveFlags(found)}`

/**
 * Where the classes of `list` lie in the data folder `dir`, as a function from a file to its class
 * and class folder.
 */
export function classMatcher(dir: string, list: readonly ClassFolder[]) {
  const patterns = list.map(({ name, dir: typed }) => ({ name, segments: segmentsOf(dir, typed) }))
  return (file: string): { name: string; dir: string } | undefined => {
    const folders = file.split("/").slice(0, -1)
    let best: { name: string; end: number } | undefined
    for (const { name, segments } of patterns) {
      const end = lastMatch(folders, segments)
      if (end === 0 || (best && end < best.end)) continue
      if (best && end === best.end && name !== best.name)
        throw new Ambiguous(
          `${file}: --classes puts it into both "${best.name}" and "${name}"; name folders that differ`,
        )
      best = { name, end }
    }
    return best && { name: best.name, dir: folders.slice(0, best.end).join("/") }
  }
}

/** A path that was typed from where the user stands leads into the data folder, too. */
function segmentsOf(dir: string, typed: string): RegExp[] {
  const [from, to] = [path.resolve(dir), path.resolve(typed)]
  const inside = to !== from && isBelow(from, to) ? path.relative(from, to) : typed
  const names = inside.split(/[/\\]/).filter((name) => name !== "" && name !== ".")
  return names.map((name) => {
    const escaped = name.normalize("NFC").replace(/[.+?^${}()|[\]\\]/g, "\\$&")
    return new RegExp(`^${escaped.replaceAll("*", ".*")}$`)
  })
}

/** The number of folders up to the end of the deepest match; 0 without one. */
function lastMatch(folders: readonly string[], segments: readonly RegExp[]): number {
  for (let end = folders.length; end >= segments.length; end--) {
    const names = folders.slice(end - segments.length, end)
    if (names.every((name, i) => segments[i].test(name.normalize("NFC")))) return end
  }
  return 0
}
