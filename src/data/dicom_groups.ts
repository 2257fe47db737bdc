/** Which images are of one patient, by the ids in DICOM files. */
import { plural } from "../text/plural.ts"
import { KINDS, type Kind } from "./dicom/ids.ts"
import { Union } from "./union.ts"

/** The ids of one file, and the patient that its name gives. */
type Ids = Partial<Record<Kind | "name", string>>

export interface DicomGroups {
  /**
   * For each file what it is grouped by: the kind, and the smallest id of that kind in the group;
   * undefined without ids.
   */
  keys: ({ kind: Kind | "name"; id: string } | undefined)[]
  /** What was not believed, and what was joined. Holds no id. */
  notes: string[]
}

/** More studies than a patient has. */
const MANY = 100
/** From so many on, an id in more than this share of the set is a constant and not a person. */
const [SOME, SHARE] = [10, 0.25]
/** The same, if there are no other ids to judge by. */
const ALMOST_ALL = 0.9

const ALL = [...KINDS, "name"] as const

const NAMES: Record<(typeof ALL)[number], string> = {
  patient: "patient id",
  study: "study UID",
  series: "series UID",
  frame: "frame of reference UID",
  name: "name",
}

/**
 * Joins files that share the id of a patient, study, series or frame of reference: if one study has
 * two patient ids, both patients are one group. An id that ties an implausible share of the set is
 * not used: see `isImplausible`.
 *
 * @param files the ids of each file
 */
export function groupByIds(files: readonly Ids[]): DicomGroups {
  const union = new Union(files.length)
  const believed = files.map((): Ids => ({}))
  const notes: string[] = []
  for (const kind of ALL) {
    const members = membersOf(files, kind)
    for (const [id, all] of members) {
      if (isImplausible(files, kind, all)) {
        notes.push(`one ${NAMES[kind]} is shared by ${plural(all.length, "image")} and was not used`)
        continue
      }
      for (const i of all) {
        union.join(all[0], i)
        believed[i][kind] = id
      }
    }
  }
  const mixed = [
    [tiesOfSeveral(believed, "study"), "study has", "studies have"],
    [tiesOfSeveral(believed, "name"), "patient's number in names has", "patients' numbers in names have"],
  ] as const
  for (const [count, one, more] of mixed)
    if (count > 0) notes.push(`${plural(count, one, more)} several patient ids, which count as one patient`)
  return { keys: smallest(union, believed), notes }
}

/** The files of each id. */
function membersOf(files: readonly Ids[], kind: keyof Ids): Map<string, number[]> {
  const members = new Map<string, number[]>()
  for (const [i, { [kind]: id }] of files.entries()) {
    if (id === undefined) continue
    const all = members.get(id)
    if (all) all.push(i)
    else members.set(id, [i])
  }
  return members
}

/**
 * Whether an id ties what cannot belong together. A patient, series or frame of reference is judged
 * by the studies it ties, a study or a name by its patients: more than 100, or at least 10 and more
 * than a quarter of the set's. An id that ties fewer than two of them is implausible if nine tenths
 * of at least 20 images have it; a name is not, since names were judged by their share before.
 */
function isImplausible(files: readonly Ids[], kind: keyof Ids, all: readonly number[]): boolean {
  const other = kind === "study" || kind === "name" ? "patient" : "study"
  const distinct = (some: readonly Ids[]) =>
    new Set(some.map((ids) => ids[other]).filter((id) => id !== undefined)).size
  const tied = distinct(all.map((i) => files[i]))
  if (tied <= 1) return kind !== "name" && all.length >= 2 * SOME && all.length > ALMOST_ALL * files.length
  return tied > MANY || (tied >= SOME && tied > SHARE * distinct(files))
}

/** The number of studies or names that have more than one patient id. */
function tiesOfSeveral(believed: readonly Ids[], kind: "study" | "name"): number {
  const patients = new Map<string, Set<string>>()
  for (const { [kind]: id, patient } of believed)
    if (id !== undefined && patient !== undefined) patients.set(id, (patients.get(id) ?? new Set()).add(patient))
  return [...patients.values()].filter(({ size }) => size > 1).length
}

function smallest(union: Union, believed: readonly Ids[]): DicomGroups["keys"] {
  const best = new Map<number, { rank: number; id: string }>()
  for (const [i, ids] of believed.entries())
    for (const [rank, kind] of ALL.entries()) {
      const [id, root] = [ids[kind], union.root(i)]
      if (id === undefined) continue
      const known = best.get(root)
      if (!known || rank < known.rank || (rank === known.rank && id < known.id)) best.set(root, { rank, id })
    }
  return believed.map((_, i) => {
    const found = best.get(union.root(i))
    return found && { kind: ALL[found.rank], id: found.id }
  })
}
