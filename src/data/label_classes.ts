/** What the cells of a label column mean: yes and no, or names of classes. */

import { looksMisspelt } from "../text/nearest.ts"
import { plural } from "../text/plural.ts"
import { Ambiguous } from "./ambiguous.ts"
import { classNamed, normalise, orderClasses, signOf } from "./class_names.ts"
import { unclearText } from "./classes_flag.ts"
import { columnKey } from "./column_names.ts"
import { classMeant, matchKnown } from "./known_classes.ts"
import { MOST_CLASSES } from "./limits.ts"
import { byCodeUnit } from "./walk.ts"

export interface LabelCell {
  line: number
  value: string
}

interface LabelColumn {
  column: string
  /** Whether an empty cell of this column means no. */
  emptyIsNo: boolean
  /** The positive class, if the user names it. */
  positive?: string
  /** See `ClassOptions`. */
  known?: readonly string[]
}

const YES = /^(1|1\.0+|yes|y|true|t)$/i
const NO = /^(0|0\.0+|no|n|false|f)$/i
/** What people and programs write for an unknown class. */
const EMPTY = /^(n\/?a|nan|null|\?|-)?$/i

const isYesNoWord = (value: string): boolean => [YES, NO, EMPTY].some((word) => word.test(value))

const OTHER_COLUMN = "Name the right column, --label-column NAME, or remove those rows"

/** The classes of a column, and the index of each cell's. @throws naming table and line */
export function classesOf(
  table: string,
  cells: readonly LabelCell[],
  { column, emptyIsNo, positive, known }: LabelColumn,
): { classes: string[]; labels: number[] } {
  checkFilled(table, cells, column, emptyIsNo)
  // 0, 1 and 2 are names of three classes; yes, no and something else is a mistake.
  const isYesNo = emptyIsNo || cells.every(({ value }) => isYesNoWord(value)) || isMixed(cells)
  const odd = isYesNo ? cells.find(({ value }) => !isYesNoWord(value)) : undefined
  if (odd)
    throw new Error(
      `${table}, line ${odd.line}: ${column} is "${odd.value}"; expected yes or no, true or false, 1 or 0 as in other rows`,
    )
  const names = isYesNo ? cells.map(({ value }) => yesNoName(column, YES.test(value))) : mergedNames(cells)
  const found = [...new Set(names)].sort(byCodeUnit)
  if (isYesNo && positive === undefined && known?.length === 2) {
    const yes = yesAmong(table, column, known)
    return { classes: [...known], labels: cells.map(({ value }) => (YES.test(value) ? yes : 1 - yes)) }
  }
  if (known) {
    // A column of yes alone has a no that --positive may name.
    const all = isYesNo ? [false, true].map((yes) => yesNoName(column, yes)) : found
    const indices = matchKnown(table, all, known, positive, OTHER_COLUMN)
    return { classes: [...known], labels: names.map((name) => indices.get(name)!) }
  }
  checkCount(table, column, cells.length, found)
  checkSpelling(table, column, names, found)
  const inOrder = isYesNo && positive === undefined
  // Yes in "normal" or "no_finding" says that there is no fracture.
  const yesIsPositive = signOf(bare(column)) !== 0 && !NEGATED.test(columnKey(column))
  const classes = inOrder
    ? [!yesIsPositive, yesIsPositive].map((yes) => yesNoName(column, yes))
    : ordered(table, found, positive)
  return { classes, labels: names.map((name) => classes.indexOf(name)) }
}

/** @param emptyIsNo an empty cell means no; "?" and the like are still unknown */
function checkFilled(table: string, cells: readonly LabelCell[], column: string, emptyIsNo: boolean): void {
  const empty = cells.find(({ value }) => EMPTY.test(value) && !(emptyIsNo && value === ""))
  if (empty === undefined) return
  const what = empty.value === "" ? "empty" : `"${empty.value}"`
  throw new Error(
    `${table}, line ${empty.line}: the class in column "${column}" is ${what}, and cnn does not know whether this means no. ` +
      "Fill it or remove the row.",
  )
}

function checkCount(table: string, column: string, rows: number, found: readonly string[]): void {
  if (found.length < 2)
    throw new Error(
      `${table}: all ${rows} rows are "${found[0]}" (column "${column}"); expected two classes or more. ` +
        "Add images of another class, or name the right column: --label-column NAME",
    )
  if (found.length > MOST_CLASSES)
    throw new Error(
      `${table}: column "${column}" has ${found.length} different values; expected at most ${MOST_CLASSES} classes. ` +
        "Name the right column: --label-column NAME",
    )
}

/** Beyond two classes, a misspelt one would be one more to learn. */
function checkSpelling(table: string, column: string, names: readonly string[], found: readonly string[]): void {
  if (found.length < 3) return
  const rows = (name: string) => names.filter((one) => one === name).length
  for (const [i, one] of found.entries()) {
    const other = found.slice(i + 1).find((name) => looksMisspelt(one, name))
    if (other !== undefined)
      throw new Ambiguous(
        `${table}: "${one}" (${plural(rows(one), "row")}) and "${other}" (${plural(rows(other), "row")}) in column "${column}" ` +
          "look like one class spelt in two ways. Correct the rows; if both are meant, give them names that differ more.",
      )
  }
}

/** Yes and no beside something else that is no number. */
const isMixed = (cells: readonly LabelCell[]): boolean =>
  [YES, NO].every((word) => cells.some(({ value }) => word.test(value))) &&
  cells.some(({ value }) => !isYesNoWord(value) && !/^\d+$/.test(value))

/** Names of columns that say nothing of what is in them. */
const GENERIC = ["label", "class", "target", "y"]
/** How the name of a column begins or ends whose yes means that there is none. */
const NEGATED = /^(not?|non|without)_|_(free|absent)$/

/** Without a verb in front: is_normal, has_fracture. */
const bare = (column: string): string => columnKey(column).replace(/^(is|has)_/, "")

/** The classes of a yes-or-no column, by its name. */
function yesNoName(column: string, yes: boolean): string {
  const key = columnKey(column)
  if (GENERIC.includes(key)) return yes ? "positive" : "negative"
  const name = key === "fracture_visible" ? "fractured" : key
  if (yes) return name
  return /^not?_/.test(name) ? name.replace(/^not?_/, "") : `not_${name}`
}

/**
 * Which of two known classes a column's yes means, by the name of the column.
 *
 * @throws Ambiguous if the name does not say: a wrong guess would turn all labels round
 */
function yesAmong(table: string, column: string, known: readonly string[]): number {
  const [no, yes] = [false, true].map((one) => classMeant(yesNoName(bare(column), one), known))
  const isGeneric = GENERIC.includes(columnKey(column))
  if (isGeneric && yes < 0) return 1
  // After --positive intact, 1 in "label" may be the finding or the positive class.
  const isTurned = isGeneric && yes === 0 && classNamed(known, "positive") === undefined
  if (yes >= 0 && yes !== no && !isTurned) return yes
  if (yes < 0 && no >= 0) return 1 - no
  const [one, other] = [true, false].map((word) => yesNoName(column, word))
  throw new Ambiguous(
    `${table}: column "${column}" is yes or no, and its name does not say whether yes means "${known[0]}" or "${known[1]}". ` +
      `If yes means "${known[1]}": --positive ${one}. If no does: --positive ${other}`,
  )
}

/** Each value with the first of those that differ in spelling only: "Fractured", "fractured". */
function mergedNames(cells: readonly LabelCell[]): string[] {
  const first = new Map<string, string>()
  return cells.map(({ value }) => {
    const key = normalise(value)
    if (!first.has(key)) first.set(key, value)
    return first.get(key)!
  })
}

function ordered(table: string, found: readonly string[], positive?: string): string[] {
  const list = found.map((name) => `"${name}"`).join(", ")
  const chosen = positive === undefined ? undefined : classNamed(found, positive)
  if (positive !== undefined && chosen === undefined)
    throw new Ambiguous(`${table}: no class "${positive}" (--positive); found ${list}`)
  if (positive !== undefined && found.length > 2)
    throw new Ambiguous(
      `${table}: --positive chooses between two classes, but there are ${found.length}: ${list}. Leave it out.`,
    )
  const inOrder = orderClasses(found, chosen)
  if (inOrder) return inOrder
  throw new Ambiguous(`${table}: ${unclearText(found)}`)
}
