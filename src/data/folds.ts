import { Purpose, Random } from "../tensor/random.ts"
import { assignGroups } from "./assign.ts"
import type { Dataset } from "./dataset.ts"

/** What a split needs to know of a Dataset; class names only make its errors clearer. */
export type Splittable = Pick<Dataset, "files" | "labels" | "groups"> & Partial<Pick<Dataset, "classes">>

/**
 * Stratified, grouped k-fold cross-validation: the test fold 0 .. k-1 of each image. A group stays
 * in one fold; the classes are as even over the folds as whole groups allow; no fold lacks a class
 * if that can be helped. A pure function of the files in sorted order, their labels and groups, and
 * the seed: the order of the input does not matter. Throws if k is no integer in 2..255, if there
 * is one class only, or if a class has fewer groups than k.
 */
export function folds(data: Splittable, options: { k: number; seed: number }): Uint8Array {
  const { k, seed } = options
  if (!Number.isInteger(k) || k < 2 || k > 255)
    throw new Error(`folds: k is ${k}; cross-validation needs a whole number of folds, 2 to 255`)
  const members = gather(data, [...data.files.keys()])
  checkClasses(data, members, k)
  const bins = assignGroups(counts(data, members), Array(k).fill(1 / k), new Random(seed, Purpose.folds))
  const fold = new Uint8Array(data.files.length)
  for (const [g, images] of members.entries()) for (const image of images) fold[image] = bins[g]
  return fold
}

/** A training part without some held out for validation; indices into the dataset, ascending. */
interface InnerSplit {
  train: number[]
  validation: number[]
}

/**
 * Takes about `fraction` of the images `indices` (a fold's training part) out for validation, by
 * whole groups and evenly by class. Pure like `folds`; each `fold` draws again. A class with a
 * single group stays in training. Throws if fraction is not between 0 and 1, or if there are too
 * few groups to hold any out.
 */
export function innerSplit(
  data: Splittable,
  indices: ArrayLike<number>,
  options: { fraction: number; seed: number; fold: number },
): InnerSplit {
  const { fraction, seed, fold } = options
  if (!(fraction > 0 && fraction < 1))
    throw new Error(`innerSplit: the validation fraction is ${fraction}; expected a number between 0 and 1`)
  const members = gather(data, Array.from(indices))
  const targets = [1 - fraction, fraction]
  const bins = assignGroups(counts(data, members), targets, new Random(seed, Purpose.validation, fold))
  const part = (bin: number) => members.filter((_, g) => bins[g] === bin).flat()
  const ascending = (a: number, b: number) => a - b
  const split = { train: part(0).sort(ascending), validation: part(1).sort(ascending) }
  if (split.train.length === 0 || split.validation.length === 0)
    throw new Error(
      `innerSplit: the training part of fold-${fold} has ${members.length} group${members.length === 1 ? "" : "s"}, ` +
        "too few to set validation images aside. Use more images, finer groups, or more folds.",
    )
  return split
}

/** The images of each group, groups in the order of their first file. */
function gather(data: Splittable, indices: number[]): number[][] {
  const { files, groups } = data
  const sorted = indices.sort((a, b) => (files[a] < files[b] ? -1 : files[a] > files[b] ? 1 : 0))
  const members = new Map<string, number[]>()
  for (const image of sorted) {
    const group = members.get(groups[image])
    if (group) group.push(image)
    else members.set(groups[image], [image])
  }
  return [...members.values()]
}

function counts(data: Splittable, members: number[][]): number[][] {
  const classes = data.labels.reduce((a, b) => Math.max(a, b), 0) + 1
  return members.map((images) => {
    const n = new Array<number>(classes).fill(0)
    for (const image of images) n[data.labels[image]]++
    return n
  })
}

function checkClasses(data: Splittable, members: number[][], k: number): void {
  const present = [...new Set(data.labels)].sort((a, b) => a - b)
  const name = (label: number) => `"${data.classes?.[label] ?? label}"`
  if (present.length < 2)
    throw new Error(
      `folds: ${present.length === 1 ? `all ${data.files.length} images are of class ${name(present[0])}` : "no images"}; ` +
        "a classifier needs images of two classes or more",
    )
  for (const label of present) {
    const n = members.filter((images) => images.some((image) => data.labels[image] === label)).length
    if (n < k)
      throw new Error(
        `folds: class ${name(label)} has ${n} group${n === 1 ? "" : "s"} of images, fewer than the ${k} folds, ` +
          `so some test fold would hold none of it. ${n >= 2 ? `Use at most ${n} folds (--folds ${n}), or add` : "Add"} images of it in other groups.`,
      )
  }
}
