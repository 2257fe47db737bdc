/**
 * Patients in the names of folders and files: patient00123/, P012/view3.png, sub-03_lat.png,
 * GRAZPEDWRI-DX's names. What looks like a patient's number but is no known form is not used: the
 * expression for --group-by is suggested.
 */
import { foldersOf, PATIENT_WORDS } from "./class_names.ts"
import { stem } from "./copies.ts"
import { countsOf } from "./counts.ts"

interface Form {
  /** On the name of a folder, or of a file without extension. The group `id` names the patient. */
  expression: RegExp
  /** Where it may stand; everywhere by default. */
  only?: "folder" | "file"
  /**
   * The numbers of such names may begin again in each folder above them, and are then counted in
   * each.
   */
  mayRestart?: boolean
}

const NUMBER = "[-_ .#]{0,2}(?:id|no|nr)?[-_ .#]{0,2}\\d+"
const START = "(?:^|[-_ .])"
const word = (words: string) => new RegExp(`${START}(?<id>(?:${words})${NUMBER})`, "i")

const NUMBERED_FOLDER: Form = { expression: /^(?<id>\d+)$/, only: "folder", mayRestart: true }
/** 2019, 201904, 20190412. */
const DATE = "(?:19|20)\\d\\d(?:(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\\d|3[01])?)?"
const UNDATED_FOLDER: Form = { ...NUMBERED_FOLDER, expression: RegExp(`^(?!${DATE}$)(?<id>\\d+)$`) }

/** The first form that fits anywhere in a path is used, in the outermost folder that has it. */
const FORMS: Form[] = [
  // BIDS: sub-03, sub-CM12.
  { expression: /^(?<id>sub-[a-z]*\d+)(?=[-_.]|$)/i },
  { expression: word(PATIENT_WORDS) },
  { expression: /^(?<id>P[-_ ]?\d+)$/i, only: "folder" },
  { expression: /^(?<id>P[-_]?\d+)(?=[-_ .]|$)/i, only: "file" },
  // GRAZPEDWRI-DX: patient, time, number of the image, projection, sex and age.
  { expression: /^(?<id>\d{4})_\d{10}_\d{2}_WRI-[LR]\d+_[FMO]\d{3}/i, only: "file" },
  { expression: word("cases?"), mayRestart: true },
  NUMBERED_FOLDER,
]
const UNDATED = FORMS.map((form) => (form === NUMBERED_FOLDER ? UNDATED_FOLDER : form))

/**
 * Bare numbers of folders that begin again and are no more than this are months, grades or series.
 */
const FEW = 12

/** More images than a patient has. */
const MANY = 100
/** From so many on, a patient with more than this share of the set is none. */
const [SOME, SHARE] = [20, 0.25]

export interface NamedPatients {
  /** The patient of each file that names one. */
  patients: Map<string, string>
  /** Two files and their patients, for people. */
  examples: { file: string; patient: string }[]
  /** The fewest and most images of a patient. */
  each: [number, number]
  /** Why the names were not believed, if they were not: `patients` is empty then. */
  unused?: string
}

/**
 * Recognises patients by name.
 *
 * @param classDirs the class folder of each file, which is no patient's
 * @returns undefined if the names name fewer than two patients, or if they may number images: cases
 *   or bare numbers of which each has one image
 */
export function patientsByName(
  files: readonly string[],
  classDirs: ReadonlyMap<string, string> = new Map(),
): NamedPatients | undefined {
  const found = matchesOf(files, classDirs)
  const matches = [...found.values()]
  const restarts = restarting(matches)
  const first = new Map<string, string>()
  const patients = new Map<string, string>()
  for (const [file, { form, id, above }] of found) {
    const prefix = restarts.has(form) && above !== "" ? `${above}/` : ""
    // One spelling for patient_7 and Patient007.
    const key = prefix + id.toLowerCase().replace(/[^\p{L}\d]/gu, "").replace(/(?<!\d)0+(?=\d)/g, "") // biome-ignore format: a chain
    if (!first.has(key)) first.set(key, prefix + id)
    patients.set(file, first.get(key)!)
  }
  const counts = countsOf(patients.values())
  const sizes = [...counts.values()]
  const most = sizes.reduce((a, b) => Math.max(a, b), 0)
  const areImages = most === 1 && matches.some(({ form }) => form.mayRestart)
  if (sizes.length < 2 || areImages) return undefined
  const [name, images] = [...counts].find(([, count]) => count === most)!
  const unused = `"${name}" is in the names of ${images} of ${files.length} images, which is too many for a patient`
  const tooLarge = sizes.filter((size) => isImplausible(size, files.length)).reduce((sum, size) => sum + size, 0)
  // Beside other patients one that is too large does no harm as a group.
  if (tooLarge > patients.size / 2) return { patients: new Map(), examples: [], each: [0, 0], unused }
  return { patients, examples: twoOf(patients), each: [sizes.reduce((a, b) => Math.min(a, b)), most] }
}

const isImplausible = (most: number, all: number): boolean => most > MANY || (most >= SOME && most > SHARE * all)

interface Match {
  form: Form
  id: string
  /** The folders above it. */
  above: string
}

/** The match of each file; folders of years, dates, and a few numbers that begin again are none. */
function matchesOf(files: readonly string[], classDirs: ReadonlyMap<string, string>): Map<string, Match> {
  const all = (forms: readonly Form[]) =>
    new Map(
      files.flatMap((file) => {
        const match = matchOf(file, forms, classDirs.get(file))
        return match ? [[file, match] as const] : []
      }),
    )
  const isBare = ({ form }: Match) => form === NUMBERED_FOLDER || form === UNDATED_FOLDER
  const numbers = (found: ReadonlyMap<string, Match>) => [...found.values()].filter(isBare)
  const isDate = ({ id }: Match) => !UNDATED_FOLDER.expression.test(id)
  const first = all(FORMS)
  const found = numbers(first).every(isDate) ? all(UNDATED) : first
  const bare = numbers(found)
  const isFew = new Set(bare.map(({ id }) => id)).size <= FEW && restarting(bare).size > 0
  return isFew ? new Map([...found].filter(([, match]) => !isBare(match))) : found
}

function matchOf(file: string, forms: readonly Form[], classDir?: string): Match | undefined {
  const folders = foldersOf(file)
  const ofClass = classDir === undefined ? undefined : foldersOf(`${classDir}/`).length - 1
  const name = stem(file.slice(file.lastIndexOf("/") + 1))
  for (const form of forms) {
    for (const [depth, folder] of folders.entries()) {
      if (form.only === "file" || depth === ofClass) continue
      const id = form.expression.exec(folder)?.groups?.id
      if (id !== undefined) return { form, id, above: folders.slice(0, depth).join("/") }
    }
    const id = form.only === "folder" ? undefined : form.expression.exec(name)?.groups?.id
    if (id !== undefined) return { form, id, above: folders.join("/") }
  }
  return undefined
}

/** The forms whose numbers begin again in each folder: more than half of them stand in several. */
function restarting(matches: readonly Match[]): Set<Form> {
  const restarts = new Set<Form>()
  for (const form of new Set(matches.map(({ form }) => form))) {
    if (!form.mayRestart) continue
    const above = new Map<string, Set<string>>()
    for (const match of matches)
      if (match.form === form) above.set(match.id, (above.get(match.id) ?? new Set()).add(match.above))
    const several = [...above.values()].filter(({ size }) => size > 1).length
    if (several > above.size / 2) restarts.add(form)
  }
  return restarts
}

function twoOf(patients: ReadonlyMap<string, string>): NamedPatients["examples"] {
  const all = [...patients].map(([file, patient]) => ({ file, patient }))
  const other = all.find(({ patient }) => patient !== all[0].patient)!
  return [all[0], other]
}

export interface Suggestion {
  /** For --group-by. */
  expression: string
  /** Two files that it puts together. */
  examples: [string, string]
}

const FIELD = "[^/\\d]*\\d+"
/**
 * What may name the patient in other names: the first number of a file's name, two or three of
 * them, or a folder.
 */
const GUESSES = [1, 2, 3].flatMap((n) => {
  const numbers = `${FIELD}${"[^/\\d]+\\d+".repeat(n - 1)}`
  return [`(${numbers})[^/]*$`, `^(.*/${numbers})[^/]*$`]
})

const FOLDER = "^(.*)/"
/** The name of a file's folder, wherever that lies. */
const FOLDER_NAME = "([^/]+)/[^/]*$"

/** Whether folders in several places have one name, no mere number: that of one patient. */
function namesRecur(files: readonly string[]): boolean {
  const places = new Set(files.map((file) => file.slice(0, file.lastIndexOf("/"))))
  const names = [...places].map((place) => place.split("/").pop()!).filter((name) => /\p{L}/u.test(name))
  return new Set(names).size < names.length
}

/** From this share of the files on, repeated numbers are worth a word. */
const WORTH = 0.2

/**
 * An expression that may tell patients apart in names that hold a number which repeats over several
 * images: 0001_1.png, 0001_2.png, 0002_1.png. Images with one name in several folders do not count,
 * since numbers begin again in each class.
 *
 * @param originalOf what a file is a picture of: copies of one image are no views
 */
export function suggestGroupBy(
  files: readonly string[],
  originalOf: (file: string) => string,
  classDirs: ReadonlyMap<string, string> = new Map(),
): Suggestion | undefined {
  const below = files.filter((file) => file.slice(0, file.lastIndexOf("/")) !== classDirs.get(file))
  const inFolders = classDirs.size > 0 && below.length > files.length / 2
  const isShared = inFolders && namesRecur(below)
  const guesses = inFolders ? [...GUESSES, isShared ? FOLDER_NAME : FOLDER] : GUESSES
  for (const source of guesses) {
    const found = evaluate(files, originalOf, new RegExp(source), source !== FOLDER_NAME)
    if (!found) continue
    const { examples, missing } = found
    return { expression: missing ? orWhole(source) : source, examples }
  }
  return undefined
}

/**
 * The expression, or else the whole path; `.*?` since `.*` alone would match earlier than the
 * expression does.
 */
export function orWhole(source: string): string {
  const hasGroups = new RegExp(`${source}|`).exec("")!.length > 1
  return `.*?(${hasGroups ? "?:" : ""}${source})|.*`
}

/** @param mayRestart equal values in several folders may be numbers that begin again in each */
function evaluate(
  files: readonly string[],
  originalOf: (file: string) => string,
  expression: RegExp,
  mayRestart: boolean,
) {
  const values = new Map<string, string[]>()
  for (const file of files) {
    const value = expression.exec(file)?.[1]
    const same = value === undefined ? undefined : values.get(value)
    if (same) same.push(file)
    else if (value !== undefined) values.set(value, [file])
  }
  const all = [...values.values()]
  const name = (file: string) => originalOf(file).split("/").pop()!
  const views = all.filter((some) => new Set(some.map(name)).size > 1)
  // Values under which a name stands in several folders: numbers that begin again in each folder.
  const restarts = all.filter((some) => new Set(some.map(name)).size < new Set(some.map(originalOf)).size)
  const matched = all.flat().length
  const most = Math.max(0, ...all.map(({ length }) => length))
  const isPlausible = all.length >= 3 && matched <= all.length ** 2 && !isImplausible(most, files.length)
  if (!isPlausible || (mayRestart && restarts.length > all.length / 2) || views.flat().length < WORTH * files.length)
    return undefined
  const [one] = views
  const other = one.find((file) => name(file) !== name(one[0]))!
  return { examples: [one[0], other] as [string, string], missing: matched < files.length }
}
