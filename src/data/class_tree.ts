/** Where the images of each class lie, as the run understood the folder. */
import { plural } from "../text/plural.ts"
import { PATIENT_WORDS } from "./class_names.ts"

export interface ClassPlace {
  name: string
  images: number
  /** Folders with their numbers as *, and the images in each, most first. */
  from: { folder: string; images: number }[]
  /** The column of the labels table, if classes come from one and not from folders. */
  table?: string
}

/** @param dirs the class folder of each image */
export function classTree(
  classes: readonly string[],
  labels: ArrayLike<number>,
  dirs: readonly string[],
): ClassPlace[] {
  return classes.map((name, label) => {
    const counts = new Map<string, number>()
    for (const [i, dir] of dirs.entries()) {
      if (labels[i] !== label) continue
      counts.set(folderOf(dir), (counts.get(folderOf(dir)) ?? 0) + 1)
    }
    const from = [...counts].map(([folder, images]) => ({ folder, images })).sort((a, b) => b.images - a.images)
    return { name, images: from.reduce((sum, { images }) => sum + images, 0), from }
  })
}

/** The same of classes from a table. */
export function tableTree(
  classes: readonly string[],
  labels: ArrayLike<number>,
  { file, labelColumn }: { file: string; labelColumn: string },
): ClassPlace[] {
  const table = `column "${labelColumn}" of ${file}`
  return classes.map((name, label) => {
    const images = Array.from(labels).filter((one) => one === label).length
    return { name, images, from: [], table }
  })
}

const NUMBERED = new RegExp(`(?<=^(?:${PATIENT_WORDS}|cases?|p|study)[-_ ]?)\\d+`, "i")

/** All patients and studies as one: XR_WRIST/patient*\/study*_positive. Other names stay. */
const folderOf = (dir: string): string =>
  dir
    .split("/")
    .map((name) => name.replace(NUMBERED, "*"))
    .join("/")

/** At most so many folders of a class are named. */
const NAMED = 4

/** A line per class. */
export const treeText = (tree: readonly ClassPlace[]): string[] =>
  tree.map(({ name, images, from, table }) => {
    if (images === 0) return `${name}: no image`
    if (table !== undefined) return `${name}: ${plural(images, "image")} from ${table}`
    const named = from.slice(0, NAMED).map((one) => (from.length > 1 ? `${one.folder}/ (${one.images.toLocaleString("en")})` : `${one.folder}/`)) // biome-ignore format: a table
    const rest = from.length > NAMED ? ` and ${from.length - NAMED} more folders` : ""
    return `${name}: ${plural(images, "image")} from ${named.join(", ")}${rest}`
  })
