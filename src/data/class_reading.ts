/** Which folder above an image is its class. */
import { plural } from "../text/plural.ts"
import { Ambiguous } from "./ambiguous.ts"
import { className, isSplit, normalise, PATIENT_WORDS, signOf } from "./class_names.ts"
import { flagFor } from "./classes_flag.ts"
import type { Skipped } from "./walk.ts"

export interface Reading {
  /**
   * The class and the class folder of each image; `known` if the folder's name says fractured or
   * intact, or the user.
   */
  read: { file: string; name: string; dir: string; known: boolean }[]
  skipped: Skipped[]
}

/** Up to this share of the images may lie outside the class folders, and is skipped. */
const FEW = 0.1
/** Names of views and sides, and numbers: folders below a class. */
const VIEW = /^(left|right|l|r|ap|pa|lat|lateral|frontal|front|side|view ?\d*|images?|\d+)$/i
/** Patients are no classes. */
const PATIENT = new RegExp(`^(${PATIENT_WORDS}|cases?|p)[-_ ]?\\d+$`, "i")

interface Image {
  file: string
  /** The folders that it lies in without those of a split, outermost first. */
  folders: { name: string; dir: string }[]
}

/** @throws Ambiguous if there are several readings, naming the --classes of each */
export function readFolders(dir: string, files: readonly string[], positive?: string): Reading {
  const images = files.map((file) => ({ file, folders: placesOf(file) }))
  const inFolder = images.filter(({ folders }) => folders.length > 0)
  const skipped = images
    .filter(({ folders }) => folders.length === 0)
    .map(({ file }) => ({ file, reason: "lies in no class folder" }))
  if (
    positive !== undefined &&
    signOf(positive) === undefined &&
    inFolder.some((image) => isTopFolder(image, positive))
  )
    return { read: inFolder.map(byTop), skipped }
  const from = wrapperDepth(inFolder)
  const signed = inFolder.filter((image) => signAt(image, from) >= 0)
  for (const image of signed) refuseBoth(dir, image, from)
  const rest = inFolder.filter((image) => signAt(image, from) < 0)
  if (rest.length === 0) return { read: signed.map((image) => bySign(image, from)), skipped }
  if (signed.length === 0) {
    refuseTwoLevels(dir, inFolder, positive)
    return { read: inFolder.map(byTop), skipped }
  }
  return readMixed(dir, inFolder, { signed, rest, from, positive }, skipped)
}

const isTopFolder = ({ folders }: Image, name: string): boolean => normalise(folders[0].name) === normalise(name)

function placesOf(file: string): Image["folders"] {
  const names = file.split("/").slice(0, -1)
  return names.map((name, i) => ({ name, dir: names.slice(0, i + 1).join("/") })).filter(({ name }) => !isSplit(name))
}

/** The first folder from `from` on whose name says fractured or intact; -1 without one. */
const signAt = ({ folders }: Image, from: number): number =>
  folders.findIndex(({ name }, depth) => depth >= from && signOf(name) !== undefined)

function byTop({ file, folders }: Image): Reading["read"][number] {
  return { file, name: className(folders[0].name), dir: folders[0].dir, known: false }
}

function bySign(image: Image, from: number): Reading["read"][number] {
  const { name, dir } = image.folders[signAt(image, from)]
  return { file: image.file, name: className(name), dir, known: true }
}

/**
 * How many folders all images share, if both classes lie below them: "bone fractures/normal" is a
 * wrapper and a class.
 */
function wrapperDepth(images: readonly Image[]): number {
  const [first] = images
  if (!first) return 0
  const differs = first.folders.findIndex(({ name }, depth) =>
    images.some(({ folders }) => folders[depth]?.name !== name),
  )
  const shared = differs < 0 ? first.folders.length : differs
  const signs = new Set(
    images.map((image) => image.folders[signAt(image, shared)]?.name).map((name) => name && signOf(name)),
  )
  return signs.has(0) && signs.has(1) ? shared : 0
}

function refuseBoth(dir: string, image: Image, from: number): void {
  const names = image.folders.slice(from).map(({ name }) => name)
  const [no, yes] = ([0, 1] as const).map((sign) => names.find((name) => signOf(name) === sign))
  if (no === undefined || yes === undefined) return
  throw new Ambiguous(
    `${dir}: ${image.file} lies in both "${yes}" and "${no}", which contradict each other. ` +
      `Say which folders are the classes: ${flagFor([["fractured", "DIR"], ["normal", "DIR"]])}`, // biome-ignore format: short
  )
}

/** Some images lie below folders that say fractured or intact, others do not. */
function readMixed(
  dir: string,
  images: readonly Image[],
  { signed, rest, from, positive }: { signed: Image[]; rest: Image[]; from: number; positive?: string },
  skipped: Skipped[],
): Reading {
  const folders = signed.map((image) => image.folders[signAt(image, from)].name)
  const isBinary = new Set(folders.map(signOf)).size === 2
  const isTop = signed.every((image) => signAt(image, from) === 0)
  if (isTop && !isBinary) return { read: images.map(byTop), skipped }
  if (isBinary && !isTop && rest.length <= FEW * images.length) {
    const names = [...new Set(folders.map(className))].sort().slice(0, 4).join(", ")
    const stray = rest.map(({ file }) => ({ file, reason: `lies in no class folder (${names})` }))
    return { read: signed.map((image) => bySign(image, from)), skipped: [...skipped, ...stray] }
  }
  const known = namesOf(folders)
  const tops = namesOf(images.map(({ folders }) => folders[0].name))
  const unsigned = namesOf(rest.map(({ folders }) => folders[isTop ? 0 : folders.length - 1].name))
  const also = isBinary ? `\nTo train on those alone: ${flagFor(known, positive)}` : ""
  const more = [...known, ...unsigned].slice(0, 12)
  const second = isTop || !isBinary ? more : tops
  const others = second.length > 1 ? `\nFor other classes: ${flagFor(second, positive)}` : ""
  throw new Ambiguous(
    `${dir}: ${plural(signed.length, "image")} lie in folders named ${known.map(([, one]) => `"${one}"`).join(", ")}, ` +
      `but ${plural(rest.length, "image")}, such as ${rest[0].file}, ${rest.length === 1 ? "does" : "do"} not. ` +
      `Say which folders are the classes.${also}${others}`,
  )
}

/** Class and folder, each once; the class of study1_positive is any study's, in each spelling. */
function namesOf(folders: readonly string[]): [string, string][] {
  const pairs = folders.map((folder): [string, string] => {
    const name = className(folder)
    return [name, name === folder ? folder : folder.replace(/\d+/, "*")]
  })
  return [...new Map(pairs.map((pair) => [pair.join("="), pair])).values()]
}

/** If the same names stand below several of the topmost folders, either may be the classes. */
function refuseTwoLevels(dir: string, images: readonly Image[], positive?: string): void {
  const tops = new Set(images.map(({ folders }) => folders[0].name))
  const above = new Map<string, Set<string>>()
  for (const { folders } of images) {
    const name = folders[1]?.name ?? ""
    above.set(name, (above.get(name) ?? new Set()).add(folders[0].name))
  }
  const names = [...above.keys()]
  const isSecond =
    names.length > 1 &&
    names.every((name) => name !== "" && !VIEW.test(name) && !PATIENT.test(name) && above.get(name)!.size > 1)
  const ofPatients = tops.size > 1 && [...tops].every((name) => PATIENT.test(name))
  if (!isSecond && !ofPatients) return
  const list = [...tops].slice(0, 4).map((name) => `"${name}"`).join(", ") // biome-ignore format: a chain
  const flagOf = (list: readonly string[]) => flagFor(list.slice(0, 12).map((name) => [name, name] as const), positive) // biome-ignore format: short
  const ways = [
    ...(ofPatients ? [] : [`\nThe topmost: ${flagOf([...tops])}`]),
    ...(names.includes("") ? [] : [`\nThose below: ${flagOf(names)}`]),
  ]
  throw new Ambiguous(
    `${dir}: the topmost folders are ${list}${tops.size > 4 ? ", ..." : ""}` +
      `${ofPatients ? ", which look like patients and not like classes" : `, and they share ${names.slice(0, 4).join(", ")}`}. ` +
      `Say which folders are the classes.${ways.join("")}`,
  )
}
