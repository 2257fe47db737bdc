import type { ClassPlace } from "./class_tree.ts"
import type { Pixels } from "./pixels.ts"
import type { TableFacts } from "./table_classes.ts"

/**
 * Images with all that folds and reports need to know about them. One entry of each array
 * an image.
 */
export interface Dataset {
  /** What it is, for people: "phantom, seed 7" or the folder. */
  name: string
  /** Width and height of every image, in pixels. */
  size: number
  /** Gray values 0..255, [N, size, size], row by row; stored if they are too many for memory. */
  pixels: Pixels
  /** Class names; with two classes index 1 is the positive one (fractured). */
  classes: string[]
  /** Index into `classes`. */
  labels: Uint8Array
  /**
   * Path relative to the data folder with forward slashes, in sorted order; for drawn data a name
   * like it.
   */
  files: string[]
  /** SHA-256 of each file's content; absent where nothing was read from files. */
  hashes?: string[]
  /** Images of one group (a radiograph, a patient) never stand on both sides of a split. */
  groups: string[]
  /**
   * Of files whose group is a patient or study that a DICOM file tells, the group's name, which is
   * made up.
   */
  pseudonyms?: ReadonlyMap<string, string>
  /** One sentence: where the groups come from. */
  grouping: string
  /** Nothing says which images are of one patient: see `Grouping`. */
  patientsUnknown?: boolean
  /** Why images of one patient may be in several groups, and what to do. */
  groupWarnings?: string[]
  /** The set's own split, an entry per image; absent if it has none. */
  parts?: readonly Part[]
  /** The further columns of the labels table, a cell per image; absent without a table. */
  columns?: Readonly<Record<string, readonly string[]>>
  /** That table, and what of it does not fit the images. */
  table?: TableFacts
  /** Where the images of each class lie; absent for drawn data. */
  tree?: ClassPlace[]
  /** Files that could not be used, and why. */
  skipped: { file: string; reason: string }[]
  /**
   * What lies beside the images and is certainly none: texts, what systems and this program leave.
   */
  beside?: { file: string; reason: string }[]
}

/** Images that are all in memory. */
export interface InMemory extends Dataset {
  pixels: Uint8Array
}

/** A part of a set that its makers split. */
export type Part = "train" | "val" | "test"

/** Number of images. */
export const count = (data: Dataset): number => data.files.length
