import type { Grouping } from "./groups.ts"

/**
 * Joins the groups of files with the same content (`hashes`, one a file), so that no image is tested on that was
 * trained on under another name. The sentence says so where it changes anything.
 */
export function joinIdentical({ groups, grouping }: Grouping, hashes: string[]): Grouping {
  const parent = new Map<string, string>()
  const root = (group: string): string => {
    const above = parent.get(group)
    return above === undefined ? group : root(above)
  }
  const first = new Map<string, string>()
  let joined = 0
  for (const [i, hash] of hashes.entries()) {
    const [a, b] = [root(first.get(hash) ?? groups[i]), root(groups[i])]
    if (!first.has(hash)) first.set(hash, groups[i])
    if (a === b) continue
    parent.set(b, a)
    joined++
  }
  if (joined === 0) return { groups, grouping }
  const sentence = `${grouping} Files with the same content joined ${joined === 1 ? "one pair" : `${joined} pairs`} of groups.`
  return { groups: groups.map(root), grouping: sentence }
}
