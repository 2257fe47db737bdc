/** Names of groups that people would take for one: Pat01 and PAT01, 7 and 007, 12 and 12.0. */

/**
 * One spelling for names that differ only in case, blanks, leading zeros or a decimal point that a
 * spreadsheet added.
 */
const key = (name: string): string =>
  name.normalize("NFKC").toLowerCase().replace(/\s+/gu, "").replace(/(?<=\d)[.,]0+$/, "").replace(/(?<!\d)0+(?=\d)/g, "") // biome-ignore format: a chain

/** Sets of two or more different names with the same key. */
export function alike(names: Iterable<string>): string[][] {
  const sets = new Map<string, string[]>()
  for (const name of new Set(names)) {
    const same = sets.get(key(name))
    if (same) same.push(name)
    else sets.set(key(name), [name])
  }
  return [...sets.values()].filter(({ length }) => length > 1)
}
