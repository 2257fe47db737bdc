/**
 * Which images a network has seen, told by short hashes: a weights file keeps them, so that a run
 * which starts from it notices its own test images among them, wherever the file lies.
 */
import type { Dataset } from "../data/dataset.ts"
import { sha256 } from "../files/sha256.ts"
import type { Split } from "../train/context.ts"

/** An image is known by the content of its file, a drawn one by the set and its name there. */
export type Named = Pick<Dataset, "name" | "files" | "hashes">

/** 64 bits of SHA-256: among millions of images no two are taken for one. */
const DIGITS = 16

export const imageIds = ({ name, files, hashes }: Named): string[] =>
  files.map((file, i) => (hashes?.[i] ?? sha256(`${name}/${file}`)).slice(0, DIGITS))

/**
 * The ids of the images that decided on a fold's weights, those of its validation part too, each
 * once; null of a data set without names.
 *
 * @param seen those that its first weights were trained on
 */
export function trainedOn(
  { name, files, hashes }: Partial<Named>,
  { train, validation }: Pick<Split, "train" | "validation">,
  seen: readonly string[],
): string[] | null {
  if (name === undefined || !files) return null
  const ids = imageIds({ name, files, hashes })
  return [...new Set([...train, ...validation].map((index) => ids[index]).concat(seen))].sort()
}
