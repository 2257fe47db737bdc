/**
 * Images in a folder of films that are no films: masks and label maps, small copies, and what this
 * program drew. A name alone never makes one: the pixels must agree.
 */
import path from "node:path"
import { inOrder } from "./in_order.ts"
import { contentBox } from "./letterbox.ts"
import { type Plain, plainness } from "./plain.ts"
import { decodeImage, fileFacts, readImageFile } from "./read_image.ts"
import { type Roles, rolesOf } from "./roles.ts"

export interface StrayOptions {
  /** Masks, small copies and what this program drew are images like all others. */
  allImages?: boolean
}

/** What is known of an image before its pixels are looked at again. */
export interface Suspect {
  /** Relative to the data folder. */
  file: string
  /** Its class, or whatever keeps sets of images apart. */
  label: number
  /** See `mayBePlain`. */
  mayBePlain: boolean
}

type Named = Suspect & Roles

/** Pixels on the longer side that gray values are counted at; a larger image is scaled to it. */
const LONGEST = 2048
/** Where two copies are compared. */
const SIDE = 64
/** A small copy has at most this part of the film's width and height. */
const SMALLER = 0.5
/** Correlation of pixels from which an image is a copy of its film, and one that is drawn upon. */
const [COPY, DRAWN] = [0.95, 0.9]

/**
 * Why images are no films, by their place in the list.
 *
 * @param dir the data folder
 */
export async function findStrays(dir: string, images: readonly Suspect[]): Promise<Map<number, string>> {
  const named = images.map((image) => ({ ...image, ...rolesOf(image.file) }))
  const films = new Map<string, number[]>()
  for (const [i, { label, film }] of named.entries()) {
    const key = `${label}/${film}`
    films.set(key, [...(films.get(key) ?? []), i])
  }
  const sets = [...films.values()].filter((set) => set.length > 1)
  const beside = new Set(sets.flat())
  const looks = new Map<number, Looked>()
  const doubtful = [...named.keys()].filter((i) => named[i].mayBePlain || named[i].isMask || beside.has(i))
  for await (const [
    i,
    look,
  ] of inOrder(doubtful, async (i) => [i, await lookAt(dir, named[i].file)] as const, { atOnce: 4, ahead: 8 })) // biome-ignore format: short
    looks.set(i, look)
  const reasons = masks(named, looks, sets)
  for (const set of sets) {
    const left = set.filter((i) => !reasons.has(i))
    for (const [i, reason] of copies(named, looks, left)) reasons.set(i, reason)
  }
  return reasons
}

interface Looked {
  plain?: Plain
  width: number
  height: number
  /** Gray values [SIDE, SIDE], letterboxed. */
  small: Uint8Array
}

async function lookAt(dir: string, file: string): Promise<Looked> {
  const bytes = await readImageFile(path.join(dir, file))
  const { width, height } = await fileFacts(bytes)
  const size = Math.min(LONGEST, Math.max(width, height))
  const plain = plainness(await decodeImage(bytes, size), size, width / height)
  return { plain, width, height, small: await decodeImage(bytes, SIDE) }
}

/**
 * Masks and label maps: by their gray values and a name, a film of the same name, or all others of
 * their class.
 */
function masks(
  named: readonly Named[],
  looks: ReadonlyMap<number, Looked>,
  sets: readonly number[][],
): Map<number, string> {
  const reasons = new Map<number, string>()
  const plainOf = (i: number) => looks.get(i)?.plain
  const isMask = (i: number) => plainOf(i)?.kind === "mask"
  // Where all are such, there is nothing that they could be masks of.
  if ([...named.keys()].every(isMask)) return reasons
  const filmOf = new Map<number, number>()
  for (const set of sets) {
    const film = set.find((i) => plainOf(i) === undefined)
    for (const i of set) if (film !== undefined && film !== i) filmOf.set(i, film)
  }
  const all = tally(named.map(({ label }) => label))
  const few = tally([...named.keys()].filter(isMask).map((i) => named[i].label))
  for (const [i, { label, isMask: isNamed }] of named.entries()) {
    const plain = plainOf(i)
    if (!plain) continue
    const film = filmOf.get(i)
    const isOdd = plain.kind === "mask" && few.get(label)! * 2 < all.get(label)!
    const of = film === undefined ? "" : ` of ${named[film].file}`
    const why = isNamed ? "named as one" : film !== undefined ? "" : "unlike the others of its class"
    if (isNamed || film !== undefined || isOdd)
      reasons.set(i, `mask${of} (${[`${plain.values} gray values`, why].filter(Boolean).join(", ")})`)
  }
  return reasons
}

/** Small copies, and copies that are drawn upon, of one film: with the reason. */
function copies(
  named: readonly Named[],
  looks: ReadonlyMap<number, Looked>,
  set: readonly number[],
): [number, string][] {
  const area = (i: number) => looks.get(i)!.width * looks.get(i)!.height
  const [film, ...others] = [...set].sort((a, b) => area(b) - area(a) || Number(named[a].isMask) - Number(named[b].isMask)) // biome-ignore format: short
  return others.flatMap((i): [number, string][] => {
    const [own, whole] = [looks.get(i)!, looks.get(film)!]
    const alike = correlation(own, whole)
    const isSmaller = own.width <= SMALLER * whole.width && own.height <= SMALLER * whole.height
    const size = ({ width, height }: Looked) => `${width} x ${height}`
    if (isSmaller && alike >= COPY)
      return [[i, `thumbnail of ${named[film].file} (${size(own)} of ${size(whole)} pixels)`]]
    const { isMask, isSmall } = named[i]
    if ((isMask || isSmall) && alike >= DRAWN) return [[i, `preview of ${named[film].file} (the same picture, named as a copy)`]] // biome-ignore format: short
    return []
  })
}

function correlation(a: Looked, b: Looked): number {
  const { left, top, width, height } = contentBox(SIDE, b.width / b.height)
  const [x, y]: number[][] = [[], []]
  for (let row = top; row < top + height; row++)
    for (let column = left; column < left + width; column++) {
      x.push(a.small[row * SIDE + column])
      y.push(b.small[row * SIDE + column])
    }
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [mx, my] = [mean(x), mean(y)]
  let [xy, xx, yy] = [0, 0, 0]
  for (const [i, value] of x.entries()) {
    xy += (value - mx) * (y[i] - my)
    xx += (value - mx) ** 2
    yy += (y[i] - my) ** 2
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : 0
}

function tally(values: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}
