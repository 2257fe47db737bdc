/** Where a run's networks began, in words. */
import type { InitFacts } from "../run/initial_weights.ts"
import { plural } from "../text/plural.ts"
import { whole } from "../text/table.ts"

/** Tensors that are named; config.json has all. */
const NAMED = 8

/** A sentence each: what was taken from where, what was done to it, what did not fit. */
export function initTexts({ path, files, source, images, taken, notes, unused, missing }: InitFacts): string[] {
  const each = files.length > 1 ? "each fold of " : ""
  const hash = files.length > 1 ? "" : `, SHA-256 ${files[0].sha256.slice(0, 16)}`
  const seen =
    images === null
      ? "Which images it was trained on is not known: none of them may be among those tested here."
      : `It was trained on ${plural(images, "image")}, none of which is tested with it.`
  return [
    `${plural(taken, "tensor")} from ${each}${path} (${source}${hash}). ${seen}`,
    ...notes.map((note) => `${note}.`),
    ...listed("Not used", unused),
    ...listed("Not in the file, drawn from the seed", missing),
  ]
}

function listed(what: string, tensors: readonly string[]): string[] {
  if (tensors.length === 0) return []
  const rest = tensors.length > NAMED ? `; and ${whole(tensors.length - NAMED)} more, all in config.json` : ""
  return [`${what}: ${tensors.slice(0, NAMED).join("; ")}${rest}.`]
}
