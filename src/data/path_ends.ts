/**
 * A search for the paths that end as another does: one of the two is the other, or its end by whole
 * names. It takes one look per folder of a path, however many paths share a name.
 *
 * @returns the indices of the paths found
 */
export function pathEnds(paths: readonly string[]): (path: string) => number[] {
  const whole = new Map<string, number[]>()
  const byEnd = new Map<string, number[]>()
  const add = (map: Map<string, number[]>, key: string, i: number) => {
    const same = map.get(key)
    if (same) same.push(i)
    else map.set(key, [i])
  }
  for (const [i, path] of paths.entries()) {
    add(whole, path, i)
    for (const end of endsOf(path)) add(byEnd, end, i)
  }
  return (path) => {
    const [, ...shorter] = endsOf(path)
    return [...(byEnd.get(path) ?? []), ...shorter.flatMap((end) => whole.get(end) ?? [])]
  }
}

/** a/b/c, b/c and c. */
function endsOf(path: string): string[] {
  const ends = [path]
  for (let at = path.indexOf("/"); at >= 0; at = path.indexOf("/", at + 1)) ends.push(path.slice(at + 1))
  return ends
}
