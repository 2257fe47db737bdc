/** Classes of a test set as those of trained networks. */
import { plural } from "../text/plural.ts"
import { Ambiguous } from "./ambiguous.ts"
import { classNamed, normalise, signOf } from "./class_names.ts"
import { flagFor } from "./classes_flag.ts"

/**
 * Index into `known` of the class that a name stands for: by its spelling, or by its meaning
 * (fractured or intact); -1 if it is none of them.
 */
export function classMeant(name: string, known: readonly string[]): number {
  const same = classNamed(known, name)
  if (same !== undefined) return known.indexOf(same)
  const sign = signOf(name)
  const alike = [...known.keys()].filter((k) => sign !== undefined && signOf(known[k]) === sign)
  if (alike.length === 1) return alike[0]
  // Of two classes, the positive one is the second, whatever the other is called.
  const isOrdered = known.length === 2 && (signOf(known[0]) === 0 || signOf(known[1]) === 1)
  return isOrdered && sign !== undefined ? sign : -1
}

/**
 * The index into `known` of each class found.
 *
 * @param where the folder or table, for the message
 * @param positive the one found that is the positive one, if the user says so
 * @param advice what to do about other classes
 * @throws Ambiguous naming the classes that are none of the known ones
 */
export function matchKnown(
  where: string,
  found: readonly string[],
  known: readonly string[],
  positive?: string,
  advice = `Say which folder is which class; images in others are skipped: ${flagFor(known.map((name) => [name, "DIR"] as const))}`,
): Map<string, number> {
  if (positive !== undefined) return byPositive(where, found, known, positive)
  const indices = new Map(found.map((name) => [name, classMeant(name, known)]))
  const others = found.filter((name) => indices.get(name) === -1)
  if (others.length > 0) throw new Ambiguous(`${where}: ${othersText(others, known)} ${advice}`)
  return indices
}

function othersText(others: readonly string[], known: readonly string[]): string {
  const list = others.slice(0, 5).map((name) => `"${name}"`).join(", ") // biome-ignore format: a chain
  return (
    `${list}${others.length > 5 ? ` and ${plural(others.length - 5, "other")}` : ""} ${others.length === 1 ? "is" : "are"} ` +
    `none of the run's classes, ${known.map((name) => `"${name}"`).join(", ")}.`
  )
}

function byPositive(
  where: string,
  found: readonly string[],
  known: readonly string[],
  positive: string,
): Map<string, number> {
  if (known.length !== 2)
    throw new Ambiguous(`--positive chooses between two classes, but the run has ${known.length}: ${known.join(", ")}`)
  const chosen = classNamed(found, positive)
  if (chosen === undefined || found.length > 2)
    throw new Ambiguous(
      `${where}: found ${found.map((name) => `"${name}"`).join(", ")}; expected "${positive}" (--positive) and at most one other class`,
    )
  return new Map(found.map((name) => [name, Number(normalise(name) === normalise(chosen))]))
}
