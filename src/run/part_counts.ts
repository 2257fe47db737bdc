/** How many images, patients and images of each class the parts of a fold have. */
import type { Dataset } from "../data/dataset.ts"
import type { FinishedFold } from "../train/fold.ts"

export interface PartCounts {
  images: number
  /** Patients, as far as they are known. */
  groups: number
  /** Images of each class, in the order of the classes. */
  classes: number[]
}

export type FoldParts = Record<"train" | "validation" | "test", PartCounts>

/** What is neither validated nor tested on is trained on. */
export function foldParts(
  { labels, groups, classes }: Pick<Dataset, "labels" | "groups" | "classes">,
  { validation, predictions }: Pick<FinishedFold, "validation" | "predictions">,
): FoldParts {
  const held = [validation, predictions].map((outputs) => outputs.map(({ index }) => index))
  const others = new Set(held.flat())
  const counts = (indices: readonly number[]): PartCounts => ({
    images: indices.length,
    groups: new Set(indices.map((index) => groups[index])).size,
    classes: classes.map((_, label) => indices.filter((index) => labels[index] === label).length),
  })
  return {
    train: counts([...groups.keys()].filter((index) => !others.has(index))),
    validation: counts(held[0]),
    test: counts(held[1]),
  }
}
