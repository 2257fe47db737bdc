/** What an audit comes to, a sentence each. */
import { isBlankReason } from "../data/blank.ts"
import { partOf } from "../data/class_names.ts"
import { examplesFirst, isStrayReason, keepText, leftOutCounts } from "../data/left_out.ts"
import { tableProblems } from "../data/table_classes.ts"
import { plural } from "../text/plural.ts"
import { some } from "../text/some.ts"
import type { Audit, CopySet } from "./audit.ts"

export const FINDINGS = ["unreadable", "strays", "blank", "inverted", "copies", "ungrouped", "conflict", "leak", "shortcut", "balance", "metadata", "classes", "groups", "labels"] as const // biome-ignore format: a list

export interface Finding {
  kind: (typeof FINDINGS)[number]
  /** A problem makes metrics wrong, and --strict ends the run over it; a note is to be known. */
  level: "problem" | "note"
  text: string
}

/** One class has more than so many times as many images as another. */
const UNEVEN = 3

/** Problems first. */
export function findings(audit: Audit): Finding[] {
  const all = [
    ...(audit.table ? tableProblems(audit.table).map((text) => problem("labels", text)) : []),
    ...unreadable(audit),
    ...strays(audit),
    ...blank(audit),
    ...inverted(audit),
    ...conflicts(audit),
    ...ungrouped(audit),
    ...leaks(audit),
    ...telling(audit),
    ...copied(audit),
    ...balance(audit),
    ...metadata(audit),
    ...classes(audit),
    ...audit.groupWarnings.map((text) => problem("groups", text)),
  ]
  return [...all.filter(({ level }) => level === "problem"), ...all.filter(({ level }) => level === "note")]
}

const problem = (kind: Finding["kind"], text: string): Finding => ({ kind, level: "problem", text })
const note = (kind: Finding["kind"], text: string): Finding => ({ kind, level: "note", text })

/** Two files of a set, if possible such as `key` tells apart. */
function example({ files }: CopySet, key: (file: string) => unknown = () => 0): string {
  const other = files.slice(1).find((file) => key(file) !== key(files[0]))
  return `${files[0]} and ${other ?? files[1]}`
}

/** What `values`, one an image, say of a file. */
function of<Value>({ files }: Audit, values: readonly Value[]): (file: string) => Value {
  const place = new Map(files.map((file, i) => [file, i]))
  return (file) => values[place.get(file)!]
}

function classes({ classProblem, isAmbiguous }: Audit): Finding[] {
  if (classProblem === null) return []
  const text = `Classes were not checked: ${classProblem}`
  return [isAmbiguous ? problem("classes", text) : note("classes", text)]
}

function unreadable(audit: Audit): Finding[] {
  const skipped = audit.skipped.filter(({ reason }) => !isBlankReason(reason) && !isStrayReason(reason))
  if (skipped.length === 0) return []
  const list = some(examplesFirst(skipped).map(({ file, reason }) => `${file}: ${reason}`))
  return [
    problem(
      "unreadable",
      `${plural(skipped.length, "file")} cannot be used (${leftOutCounts(skipped)}), such as ${list}.`,
    ),
  ]
}

function strays(audit: Audit): Finding[] {
  const skipped = audit.skipped.filter(({ reason }) => isStrayReason(reason))
  if (skipped.length === 0) return []
  const list = some(examplesFirst(skipped).map(({ file, reason }) => `${file}: ${reason}`))
  const are = skipped.length === 1 ? "is no film and is" : "are no films and are"
  return [
    problem(
      "strays",
      `${plural(skipped.length, "image")} ${are} left out (${leftOutCounts(skipped)}), such as ${list}. ${keepText(skipped)}`,
    ),
  ]
}

function blank({ files, skipped }: Audit): Finding[] {
  const empty = skipped.filter(({ reason }) => isBlankReason(reason))
  if (empty.length === 0) return []
  const all = files.length + empty.length
  return [
    problem(
      "blank",
      `${plural(empty.length, "image")} of ${all.toLocaleString("en")} show nothing, such as ${some(empty.map(({ file, reason }) => `${file}: ${reason}`))}. ` +
        "Training leaves them out: export them again, or remove them.",
    ),
  ]
}

function inverted({ files, inverted }: Audit): Finding[] {
  if (inverted.length === 0) return []
  return [
    problem(
      "inverted",
      `${plural(inverted.length, "image")} of ${files.length.toLocaleString("en")} seem inverted: their border is bright where most others' ` +
        `is dark, or the reverse. They are ${some(inverted)}. Invert them back, or remove them.`,
    ),
  ]
}

function conflicts(audit: Audit): Finding[] {
  const sets = audit.copies.filter(({ classes }) => classes.length > 1)
  if (sets.length === 0) return []
  const [set] = sets
  return [
    problem(
      "conflict",
      `${plural(sets.length, "radiograph")} ${lies(sets)} in more than one class, such as ${example(set, of(audit, audit.labels))} ` +
        `(${set.classes.join(", ")}): one of the labels is wrong.`,
    ),
  ]
}

function ungrouped(audit: Audit): Finding[] {
  const { copies, groups, joined } = audit
  const sets = copies.filter((set) => set.groups.length > 1)
  if (sets.length === 0) return []
  return [
    problem(
      "ungrouped",
      `Copies of ${plural(sets.length, "radiograph")} are in different groups, such as ${example(sets[0], of(audit, groups))}, and may be ` +
        `trained on and tested. Kept together there would be ${plural(new Set(joined).size, "group")} ` +
        `instead of ${new Set(groups).size.toLocaleString("en")}.`,
    ),
  ]
}

function leaks({ copies, parts }: Audit): Finding[] {
  const names = ["train", "val", "test"].filter((part) => parts[part] !== undefined)
  return names.flatMap((one, k) =>
    names.slice(k + 1).flatMap((other) => {
      const sets = copies.filter((set) => set.parts.includes(one) && set.parts.includes(other))
      if (sets.length === 0) return []
      const text =
        `${plural(sets.length, "radiograph")} ${lies(sets)} in both ${one} and ${other} of the set's own split, ` +
        `such as ${example(sets[0], partOf)}: metrics on ${other} with this split are too good.`
      return [problem("leak", text)]
    }),
  )
}

function telling({ shortcuts }: Audit): Finding[] {
  return shortcuts
    .filter((shortcut) => shortcut.telling)
    .map(({ name, of, auc, standardError }) =>
      problem(
        "shortcut",
        `"${of}" can be predicted from ${name} alone: AUC ${auc.toFixed(2)} ± ${standardError.toFixed(2)} on held-out images.`,
      ),
    )
}

function copied({ copies, identical, links, files }: Audit): Finding[] {
  if (copies.length === 0) return []
  const images = copies.reduce((sum, set) => sum + set.files.length, 0)
  return [
    note(
      "copies",
      `${plural(images, "image")} of ${files.length.toLocaleString("en")} are copies: ${plural(copies.length, "radiograph")} ` +
        `more than once (${plural(identical.length, "set")} of identical files, ${plural(links.length, "near copy", "near copies")}).`,
    ),
  ]
}

function balance({ classes, labels }: Audit): Finding[] {
  if (classes.length < 2) return []
  const counts = classes.map((_, label) => labels.filter((one) => one === label).length)
  const [most, least] = [Math.max(...counts), Math.min(...counts)]
  if (most <= UNEVEN * least) return []
  const list = classes.map((name, label) => `${counts[label].toLocaleString("en")} ${name}`).join(", ")
  return [
    note(
      "balance",
      `The classes are uneven: ${list}. Compare with always answering the largest, not with 1 / classes.`,
    ),
  ]
}

function metadata({ metadata, files }: Audit): Finding[] {
  const kinds = Object.entries(metadata)
  if (kinds.length === 0) return []
  const list = kinds.map(([kind, having]) => `${kind} in ${having.length.toLocaleString("en")}`).join(", ")
  return [
    note(
      "metadata",
      `Of ${plural(files.length, "file")} some hold more than the image: ${list}. It may name patients or places; the network never sees it.`,
    ),
  ]
}

const lies = (sets: CopySet[]): string => (sets.length === 1 ? "lies" : "lie")
