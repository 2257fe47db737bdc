import type { Grouping } from "./groups.ts"
import { Union } from "./union.ts"

/**
 * Makes groups one that have files of one of `sets`, by the name of the first.
 *
 * @returns the group of each file, and how many pairs of groups were joined
 */
export function joinGroups(
  groups: readonly string[],
  sets: Iterable<readonly number[]>,
): { groups: string[]; joined: number } {
  const names = [...new Set(groups)]
  const number = new Map(names.map((name, i) => [name, i]))
  const union = new Union(names.length)
  let joined = 0
  for (const [first, ...more] of sets)
    for (const i of more) if (union.join(number.get(groups[first])!, number.get(groups[i])!)) joined++
  return { groups: groups.map((group) => names[union.root(number.get(group)!)]), joined }
}

/**
 * Joins the groups of files with the same content (`hashes`, one per file), so that no image is
 * tested on that was trained on under another name. The sentence says so if it changes anything.
 */
export function joinIdentical(found: Grouping, hashes: string[]): Grouping {
  const { groups, joined } = joinGroups(found.groups, identical(hashes).sets())
  if (joined === 0) return found
  const pairs = joined === 1 ? "one pair" : `${joined} pairs`
  return { ...found, groups, grouping: `${found.grouping} Files with the same content joined ${pairs} of groups.` }
}

/** Sets of files with the same content. */
export function identical(hashes: readonly string[]): Union {
  const same = new Union(hashes.length)
  const first = new Map<string, number>()
  for (const [i, hash] of hashes.entries()) same.join(i, first.get(hash) ?? first.set(hash, i).get(hash)!)
  return same
}
