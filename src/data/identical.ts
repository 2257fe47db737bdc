import type { Grouping } from "./groups.ts"
import { Union } from "./union.ts"

/**
 * Joins the groups of files with the same content (`hashes`, one per file), so that no image is
 * tested on that was trained on under another name. The sentence says so if it changes anything.
 */
export function joinIdentical(found: Grouping, hashes: string[]): Grouping {
  const names = [...new Set(found.groups)]
  const number = new Map(names.map((name, i) => [name, i]))
  const union = new Union(names.length)
  const first = new Map<string, number>()
  let joined = 0
  for (const [i, hash] of hashes.entries()) {
    const group = number.get(found.groups[i])!
    if (!first.has(hash)) first.set(hash, group)
    if (union.join(first.get(hash)!, group)) joined++
  }
  if (joined === 0) return found
  const pairs = joined === 1 ? "one pair" : `${joined} pairs`
  return {
    ...found,
    groups: found.groups.map((group) => names[union.root(number.get(group)!)]),
    grouping: `${found.grouping} Files with the same content joined ${pairs} of groups.`,
  }
}
