/** Folds that are not drawn: the set's own split, and one per value of a column. */
import { alike } from "../data/alike.ts"
import { partOf } from "../data/class_names.ts"
import { columnNamed } from "../data/column_names.ts"
import type { Dataset } from "../data/dataset.ts"
import { plural } from "../text/plural.ts"
import type { TrainConfig } from "./config.ts"
import type { Split } from "./context.ts"

/** What folds are made of. */
export type Images = Pick<Dataset, "files" | "labels" | "groups" | "classes" | "parts" | "columns" | "grouping">

/** As many as a run can have. */
const MOST = 255

/** At most so many groups or files are named. */
const NAMED = 3

const some = (texts: readonly string[]): string =>
  texts.slice(0, NAMED).join("; ") + (texts.length > NAMED ? `; and ${texts.length - NAMED} more` : "")

/**
 * The set's own split.
 *
 * @throws if images have no part, a group lies in two, or a part lacks classes
 */
export function givenSplit(data: Images, { keep, sensitivity }: Pick<TrainConfig, "keep" | "sensitivity">): Split {
  const parts = data.parts ?? data.files.map(partOf)
  const without = data.files.filter((_, i) => parts[i] === undefined)
  if (without.length > 0)
    throw new Error(
      `--split given: ${without.length} of ${plural(data.files.length, "image")} have no part, such as ${some(without)}. ` +
        'Expected folders named train and test (and val), or a labels table with the column "split".',
    )
  const of = (part: string) => [...data.files.keys()].filter((i) => parts[i] === part)
  const split = { train: of("train"), validation: of("val"), test: of("test") }
  refuseDivided(data, parts as string[], (group) => ({
    what: `--split given: ${group} in more than one part`,
    cure: "Move all images of a group to one part, or leave --split given out, which keeps groups together",
  }))
  for (const [name, part] of [["train", split.train], ["test", split.test]] as const) checkPart(data, name, part) // biome-ignore format: short
  refuseUntrained(data, split.train, split.test, "the test part")
  if (keep === "best" && split.validation.length === 0)
    throw new Error(
      "--keep best chooses an epoch on validation images, and the split has no val part. Use --keep last.",
    )
  if (sensitivity !== null && split.validation.length === 0)
    throw new Error(
      "--sensitivity chooses a threshold on validation images, and the split has no val part. Leave it out.",
    )
  return split
}

/** The values of a column, sorted, and the place of each image's. */
interface ColumnFolds {
  column: string
  values: string[]
  foldOf: number[]
}

/**
 * A fold per value of a column: each value is tested by a network that was trained on the others.
 *
 * @throws if there is no such column, a cell is empty, a group has two values, or there are fewer
 * than two values
 */
export function columnFolds(data: Images, name: string): ColumnFolds {
  const columns = data.columns ?? {}
  const column = columnNamed(Object.keys(columns), name)
  if (column === undefined) {
    const found = Object.keys(columns).map((one) => `"${one}"`).join(", ") // biome-ignore format: a chain
    throw new Error(
      `--folds-by ${name}: no such column; ${found ? `found ${found}` : "it is one of a labels table (--labels FILE)"}`,
    )
  }
  const cells = columns[column]
  const empty = data.files.filter((_, i) => cells[i] === "")
  if (empty.length > 0)
    throw new Error(
      `--folds-by ${name}: the cell is empty for ${plural(empty.length, "image")}, such as ${some(empty)}. Fill it, or remove the rows.`,
    )
  const values = [...new Set(cells)].sort()
  checkValues(name, values)
  refuseDivided(data, cells, (group) => ({
    what: `--folds-by ${name}: ${group} with more than one value`,
    cure: `Give all images of a group one value, correct the groups, or use another column`,
  }))
  const foldOf = cells.map((cell) => values.indexOf(cell))
  for (const [fold, value] of values.entries()) {
    const images = (inside: boolean) => [...data.files.keys()].filter((i) => (foldOf[i] === fold) === inside)
    checkPart(data, `the training part of the fold "${value}"`, images(false))
    refuseUntrained(data, images(false), images(true), `"${value}"`)
  }
  return { column, values, foldOf }
}

function checkValues(name: string, values: readonly string[]): void {
  if (values.length < 2)
    throw new Error(
      `--folds-by ${name}: all images have "${values[0]}"; expected two values or more. Name another column.`,
    )
  if (values.length > MOST)
    throw new Error(
      `--folds-by ${name}: ${values.length} different values; expected at most ${MOST}. Name another column, or join values.`,
    )
  const [same] = alike(values)
  if (same)
    throw new Error(
      `--folds-by ${name}: ${same.map((value) => JSON.stringify(value)).join(" and ")} differ only in spelling. Write one of them in all rows.`,
    )
}

/** @param sides that of each image; no group may have two */
function refuseDivided(
  { files, groups, grouping }: Images,
  sides: readonly string[],
  text: (groups: string) => { what: string; cure: string },
): void {
  const first = new Map<string, number>()
  const divided = new Map<string, string>()
  for (const [i, group] of groups.entries()) {
    const known = first.get(group)
    if (known === undefined) first.set(group, i)
    else if (sides[known] !== sides[i] && !divided.has(group))
      divided.set(group, `"${group}" (${sides[known]}: ${files[known]}, ${sides[i]}: ${files[i]})`)
  }
  if (divided.size === 0) return
  const { what, cure } = text(`${plural(divided.size, "group")} ${divided.size === 1 ? "has" : "have"} images`)
  throw new Error(`${what}: ${some([...divided.values()])}. ${cure}. Groups: ${grouping}`)
}

/** @throws if the images are none, or of one class */
function checkPart({ classes, labels }: Images, name: string, part: readonly number[]): void {
  const present = new Set(part.map((i) => labels[i]))
  if (present.size > 1) return
  const [only] = present
  throw new Error(
    only === undefined
      ? `--split given: no image is in ${name}. Expected folders named train and test, or such values in the column "split".`
      : `${name}: all ${plural(part.length, "image")} are "${classes[only]}"; expected two classes or more. Add images of another class to it.`,
  )
}

function refuseUntrained({ classes, labels }: Images, train: readonly number[], test: readonly number[], name: string) {
  const known = new Set(train.map((i) => labels[i]))
  const other = test.find((i) => !known.has(labels[i]))
  if (other === undefined) return
  throw new Error(
    `${name} holds class "${classes[labels[other]]}", of which there is no image to train on. Add some, or leave it out.`,
  )
}
