/**
 * The images that two runs have both tested, and in which groups: what a paired comparison needs.
 */
import path from "node:path"
import { Union } from "../data/union.ts"
import type { Scored } from "../eval/curves.ts"
import { readFileHashes } from "../run/file_hashes.ts"
import type { Run, RunImage } from "../run/read_run.ts"
import { scoredOf } from "./scored.ts"

export interface Shared {
  /** Images, not predictions. */
  n: number
  a: RunImage[]
  b: RunImage[]
}

/** Whether a name stands for the same image in both runs. */
function sameSource(a: Run["config"], b: Run["config"]): boolean {
  if (a.data.hash === b.data.hash) return true
  const [one, other] = [a.source, b.source]
  if (one.kind === "phantom") return other.kind === "phantom" && one.seed === other.seed && one.byType === other.byType
  return other.kind === "folder" && path.resolve(one.dir) === path.resolve(other.dir)
}

/**
 * What both runs predicted of the same files, with groups that hold for both: those that share an
 * image are one.
 *
 * @returns why there is nothing to compare, where it is so
 */
export function sharedImages(a: Run, b: Run): Shared | string {
  if (!sameSource(a.config, b.config)) return "their images are not the same"
  if (a.classes.join("\n") !== b.classes.join("\n")) return "their classes are not the same"
  const label = (run: Run) => new Map(run.images.map((image) => [image.file, image.label]))
  const [inA, inB] = [label(a), label(b)]
  const [hashesA, hashesB] = [readFileHashes(a.folder), readFileHashes(b.folder)]
  // The files may have been others when the other run was made.
  const isOther = (file: string) =>
    (hashesA.get(file) ?? hashesB.get(file)) !== (hashesB.get(file) ?? hashesA.get(file))
  const files = new Set([...inA.keys()].filter((file) => inB.get(file) === inA.get(file) && !isOther(file)))
  if (files.size === 0) return "no image was tested in both"
  const own = (run: Run) => run.images.filter(({ file }) => files.has(file))
  return { n: files.size, ...joined(own(a), own(b)) }
}

function joined(a: RunImage[], b: RunImage[]): { a: RunImage[]; b: RunImage[] } {
  const numbers = new Map<string, number>()
  const of = (name: string) => numbers.get(name) ?? numbers.set(name, numbers.size).size - 1
  const links = [
    ...a.map(({ file, group }) => [of(`file ${file}`), of(`a ${group}`)]),
    ...b.map(({ file, group }) => [of(`file ${file}`), of(`b ${group}`)]),
  ]
  const union = new Union(numbers.size)
  for (const [file, group] of links) union.join(file, group)
  const regrouped = (images: RunImage[]) =>
    images.map((image) => ({ ...image, group: String(union.root(of(`file ${image.file}`))) }))
  return { a: regrouped(a), b: regrouped(b) }
}

/** Of two classes. */
export const scoredPair = ({ a, b }: Shared): [Scored, Scored] => [scoredOf(a), scoredOf(b)]
