/** What the names of folders say: a class, a part of a split, or neither. */

const PART = "(?<part>train|val|dev|test|eval)(ing|id|idation|uation)?"
const KIND = "(set|data|dataset|images?|imgs?|split|part|folder|files?)"
/** train, val2017, test_set, Training Images, images_train, fold_3. */
const SPLIT = new RegExp(
  `^((x[-_ ]?)?${PART}([-_ .]?${KIND})?([-_ .]?v?\\d+)?|${KIND}[-_ .]?${PART.replace("<part>", "<last>")}\\d*|(fold|split)[-_ ]?\\d+)$`,
  "i",
)
const LESION = "(bone )?(fractur(e|ed|es)|broken|abnormal)"
const NOUN = "( bones?| cases?| images?| x ?rays?)?"
const POSITIVE = new RegExp(`^((with |has )?${LESION}|positive|pos)${NOUN}$`)
const NEGATIVE = new RegExp(
  `^((not |non ?|no |un|without )(a |any )?${LESION}|(normal|intact|healthy|negative|neg))${NOUN}$`,
)
/** MURA writes the class into the study's folder: patient00011/study1_positive. */
const STUDY = /^study\d+ (positive|negative)$/

/** Words that stand before a patient's number, as parts of a regular expression. */
export const PATIENT_WORDS = "patients?|patienten|subjects?|participants?|probands?|persons?|subj|sub|pat|pt"

/** One spelling for "Not_Fractured" and "not-fractured". */
export const normalise = (name: string): string =>
  name
    .normalize("NFC")
    .toLowerCase()
    .replace(/[\s_.-]+/g, " ")
    .trim()

/**
 * 1 if a folder of this name holds fractures, 0 if it holds intact bones, undefined if the name
 * does not say.
 */
export function signOf(folder: string): 0 | 1 | undefined {
  // A number in front may order the classes, as in "0_not_fractured".
  const name = normalise(folder).replace(/^\d+ (?=.)/, "")
  const study = STUDY.exec(name)
  if (study) return study[1] === "positive" ? 1 : 0
  if (POSITIVE.test(name)) return 1
  return NEGATIVE.test(name) ? 0 : undefined
}

/** The class that a folder of this name stands for. */
export const className = (folder: string): string => STUDY.exec(normalise(folder))?.[1] ?? folder

export const isSplit = (folder: string): boolean => SPLIT.test(folder)

/**
 * The folders above a file without those that only say which part of a split it was; [] for a file
 * beside them.
 */
export const foldersOf = (file: string): string[] =>
  file
    .split("/")
    .slice(0, -1)
    .filter((folder) => !isSplit(folder))

/** Which part of the set's own split a file lies in; undefined if its folders do not say. */
export function partOf(file: string): "train" | "val" | "test" | undefined {
  for (const folder of file.split("/").slice(0, -1)) {
    const { part, last } = SPLIT.exec(folder)?.groups ?? {}
    const name = (part ?? last)?.toLowerCase()
    if (name !== undefined) return name === "train" || name === "test" ? name : "val"
  }
  return undefined
}

/** The class that a user names, in any spelling. */
export const classNamed = (classes: readonly string[], name: string): string | undefined =>
  classes.find((one) => one === name) ?? classes.find((one) => normalise(one) === normalise(name))

/**
 * Two classes: the negative one, then the positive one, which is `positive` or else the one that
 * the names say; undefined if they do not. More: those that mean intact, then the others as given.
 */
export function orderClasses(found: readonly string[], positive?: string): string[] | undefined {
  const [negatives, positives] = [0, 1].map((sign) => found.filter((name) => signOf(name) === sign))
  if (found.length > 2) return [...negatives, ...found.filter((name) => !negatives.includes(name))]
  const other = (name: string) => found.find((one) => one !== name)!
  const named = positives.length === 1 ? positives[0] : negatives.length === 1 ? other(negatives[0]) : undefined
  const last = positive ?? named
  return last === undefined ? undefined : [other(last), last]
}
