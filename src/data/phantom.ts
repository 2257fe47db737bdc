/**
 * The built-in data: as many drawn radiographs as asked for, half of them fractured, or a class for
 * each type.
 */
import type { InMemory } from "./dataset.ts"
import { type FractureType, fractureTypes } from "./phantom_fracture.ts"
import { phantomImage } from "./phantom_image.ts"

export { fractureTypes } from "./phantom_fracture.ts"
export { type Point, phantomFracture, phantomImage } from "./phantom_image.ts"

/** An image of the set before it is drawn. */
interface PhantomItem {
  /** The patient. */
  index: number
  type: FractureType | null
  /** Class folder and file name. */
  file: string
}

/**
 * What the set holds at `index`: every other bone is whole, the types take turns; by type all
 * classes take turns.
 */
function phantomType(index: number, byType: boolean): FractureType | null {
  const turn = byType ? index % (fractureTypes.length + 1) : index % 2
  if (turn === 0) return null
  return fractureTypes[byType ? turn - 1 : (index >> 1) % fractureTypes.length]
}

/** Its name in the set. */
function phantomFile(index: number, type: FractureType | null, byType: boolean): string {
  const folder = type === null ? "not_fractured" : byType ? type : "fractured"
  return `${folder}/phantom-${String(index).padStart(4, "0")}.png`
}

/** What the set holds, sorted by name as a folder's files are. */
export function phantomItems({ count, byType = false }: Pick<PhantomSet, "count" | "byType">): PhantomItem[] {
  const items = Array.from({ length: count }, (_, index) => {
    const type = phantomType(index, byType)
    return { index, type, file: phantomFile(index, type, byType) }
  })
  return items.sort((a, b) => (a.file < b.file ? -1 : 1))
}

/** Its classes: whole bones first, then by name. */
export const phantomClasses = (byType = false): string[] => [
  "not_fractured",
  ...(byType ? [...fractureTypes].sort() : ["fractured"]),
]

export interface PhantomSet {
  count: number
  seed: number
  /** Width and height of the images, in pixels. */
  size: number
  /** A class for each type of fracture. */
  byType?: boolean
}

/**
 * `count` patients, balanced over the classes, each a group of its own, as if they had been read
 * from a folder. Drawn image by image: yields how many are done.
 */
export function* drawPhantoms({ count, seed, size, byType = false }: PhantomSet): Generator<number, InMemory> {
  const items = phantomItems({ count, byType })
  const classes = phantomClasses(byType)
  const pixels = new Uint8Array(count * size * size)
  for (const [k, { index, type: fracture }] of items.entries()) {
    pixels.set(phantomImage({ seed, index, size, fracture }).pixels, k * size * size)
    yield k + 1
  }
  return {
    name: `phantom, seed ${seed}`,
    size,
    pixels,
    classes,
    labels: Uint8Array.from(items, ({ file }) => classes.indexOf(file.split("/")[0])),
    files: items.map(({ file }) => file),
    groups: items.map(({ file }) => file),
    grouping: "Each drawn image is its own patient.",
    skipped: [],
  }
}

/** All of `drawPhantoms` at once. */
export function phantom(set: PhantomSet): InMemory {
  const drawing = drawPhantoms(set)
  for (;;) {
    const { done, value } = drawing.next()
    if (done) return value
  }
}
