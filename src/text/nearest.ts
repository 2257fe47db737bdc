import { closestMatch } from "leven"

/**
 * Returns the name that was perhaps meant: the shortest that begins so, else one that differs in
 * few letters.
 */
export function nearest(typed: string, names: readonly string[]): string | undefined {
  const text = typed.toLowerCase()
  const known = new Map(names.map((name) => [name.toLowerCase(), name]))
  const maxDistance = Math.min(1 + Math.floor(text.length / 4), text.length - 1)
  const [longer] = [...known.keys()].filter((name) => name.startsWith(text)).sort((a, b) => a.length - b.length)
  const meant = text.length > 1 && longer ? longer : closestMatch(text, [...known.keys()], { maxDistance })
  return meant === undefined ? undefined : known.get(meant)
}

/** " Did you mean X?", for the end of a message; empty if no name is near. */
export function didYouMean(typed: string, names: readonly string[]): string {
  const meant = nearest(typed, names)
  return meant === undefined ? "" : ` Did you mean ${meant}?`
}
